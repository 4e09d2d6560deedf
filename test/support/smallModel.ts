import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ModelSource } from "@masksmith/core";
import { fixture } from "./pictures.js";

const FOLDER = fixture("models/sam-tiny-512");

/**
 * A model of masksmith's own layout, fast mode included, with random weights: a tenth of the built-in model's work, for tests of
 * how the work is done and not of what is found.
 */
export const smallModel: ModelSource = {
  manifest: JSON.parse(readFileSync(`${FOLDER}/manifest.json`, "utf8")),
  read: async (file) => new Uint8Array(await readFile(`${FOLDER}/${file}`)),
};
