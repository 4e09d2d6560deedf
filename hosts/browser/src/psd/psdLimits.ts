import { MasksmithError } from "@masksmith/core";
import type { Layer } from "ag-psd";
import { alphaCount, type Sections } from "./sections.js";

/** As many layers as Photoshop allows. */
const MOST_LAYERS = 8_000;
/** Groups in groups; Photoshop allows ten. */
const DEEPEST = 100;
/** Pixels of a flat file, as of other pictures: its bytes then take 1 GiB. */
const MOST_PIXELS = 2 ** 28;
/** Samples of all alpha channels together; more would take minutes. */
const MOST_SAMPLES = 2 ** 32;

/** Before anything is decoded: how large a file is takes it few bytes to say. @throws MasksmithError `input`. */
export function checkSize(sections: Sections, name: string): void {
  const { width, height, layered, count } = sections;
  const size = `${width} x ${height}, ${Math.round((width * height) / 1e6)} megapixels`;
  if (!layered && width * height > MOST_PIXELS)
    throw refused(
      name,
      `is too large (${size}); the limit without layers is ${Math.floor(MOST_PIXELS / 1e6)} megapixels`,
    );
  // Each group takes two.
  if (count > 2 * MOST_LAYERS) throw tooMany(name, count);
  const alphas = alphaCount(sections);
  if (alphas > 0 && alphas * width * height > MOST_SAMPLES) {
    const most = Math.floor(MOST_SAMPLES / (width * height));
    throw refused(name, `has ${alphas} alpha channels; the limit at its size (${size}) is ${most}`);
  }
}

/** Counts without recursion, which a deep file would exhaust. @throws MasksmithError `input`. */
export function checkLayers(layers: readonly Layer[], name: string): void {
  let count = 0;
  let level: readonly Layer[] = layers;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw refused(name, `has groups nested more than ${DEEPEST} deep`);
    count += level.length;
    level = level.flatMap(({ children }) => children ?? []);
  }
  if (count > MOST_LAYERS) throw tooMany(name, count);
}

function tooMany(name: string, count: number): MasksmithError {
  return refused(name, `has ${count} layers; the limit is ${MOST_LAYERS}`);
}

function refused(name: string, why: string): MasksmithError {
  return new MasksmithError("input", `“${name}” ${why}`);
}
