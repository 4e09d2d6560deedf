import { manifest } from "./manifest.js";
import { urls } from "./urls.js";

/** Reads the files over fetch, from where the bundler has put them, or beside this module. */
export const model = {
  manifest,
  async read(name, { signal, onBytes } = {}) {
    const url = urls[name];
    if (!url) throw new Error(`No file ${name}; there are ${Object.keys(urls).join(", ")}`);
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`Cannot read ${name}: ${response.status} ${response.statusText} from ${url}`);
    // A development server answers with its page for what it does not know.
    if (response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`Not there: ${url}`);
    return bytesOf(response, manifest.files[name].bytes, onBytes);
  },
};

/** A damaged file may be longer or shorter than its manifest says. */
async function bytesOf(response, expected, onBytes) {
  let bytes = new Uint8Array(expected);
  let received = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, received);
    if (received + value.length > bytes.length) {
      const longer = new Uint8Array(2 * (received + value.length));
      longer.set(bytes.subarray(0, received));
      bytes = longer;
    }
    bytes.set(value, received);
    received += value.length;
    onBytes?.(received);
  }
}
