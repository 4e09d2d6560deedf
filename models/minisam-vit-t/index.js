import { manifest } from "./manifest.js";

/** Reads the files over fetch, relative to this module. */
export const model = {
  manifest,
  async read(name) {
    const url = new URL(name, import.meta.url);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`Cannot read ${name}: ${response.status} ${response.statusText} from ${url}`);
    return new Uint8Array(await response.arrayBuffer());
  },
};
