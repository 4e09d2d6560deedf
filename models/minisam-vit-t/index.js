import { manifest } from "./manifest.js";
import { urls } from "./urls.js";

/** Reads the files over fetch, from where the bundler has put them, or beside this module. */
export const model = {
  manifest,
  async read(name, { signal } = {}) {
    const url = urls[name];
    if (!url) throw new Error(`No file ${name}; there are ${Object.keys(urls).join(", ")}`);
    const response = await fetch(url, { signal });
    if (!response.ok) throw new Error(`Cannot read ${name}: ${response.status} ${response.statusText} from ${url}`);
    // A development server answers with its page for what it does not know.
    if (response.headers.get("content-type")?.startsWith("text/html")) throw new Error(`Not there: ${url}`);
    return new Uint8Array(await response.arrayBuffer());
  },
};
