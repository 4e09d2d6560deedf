import { readFile } from "node:fs/promises";
import { manifest } from "./manifest.js";

/** Reads the files from this folder. */
export const model = {
  manifest,
  async read(name) {
    return new Uint8Array(await readFile(new URL(name, import.meta.url)));
  },
};
