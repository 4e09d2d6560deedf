import { type Coverage, MasksmithError, type Rect, readSoftRow } from "@masksmith/core";
import { composite } from "../composite.js";
import type { DocumentState, Layer, PixelLayer } from "../model.js";
import { findLayer } from "../tree.js";
import type { InTurns } from "../turns.js";

/** Pixels of a new layer with their place. */
export type Cut = Pick<PixelLayer, keyof Rect | "pixels">;

/**
 * What new layers are cut from: the active layer with its mask, if it has pixels; of a group, or if no layer is active,
 * what the document shows.
 */
export function sourceLayers(state: DocumentState): readonly Layer[] {
  const active = findLayer(state.layers, state.activeLayer);
  if (active?.kind !== "pixels") return state.layers;
  return [{ ...active, visible: true, opacity: 1, blendMode: "normal", clipped: false }];
}

/** Rows composited in one go. */
const BAND = 64;

/** The source's pixels in `rect`, perhaps none. */
export function* pixelsIn(
  layers: readonly Layer[],
  { x, y, width, height }: Rect,
): InTurns<Uint8ClampedArray<ArrayBuffer>> {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row += BAND) {
    const band = { x, y: y + row, width, height: Math.min(BAND, height - row) };
    composite({ layers }, band, pixels.subarray(row * width * 4));
    yield width * band.height;
  }
  return pixels;
}

/** The source's pixels in `rect`. @throws MasksmithError `state` if there are none. */
export function* cutRect(layers: readonly Layer[], { x, y, width, height }: Rect, name: string): InTurns<Cut> {
  const pixels = yield* pixelsIn(layers, { x, y, width, height });
  refuseEmpty(pixels, name);
  return { x, y, width, height, pixels };
}

/**
 * The source's pixels under a mask, their alpha multiplied by it.
 * @param own pixels in the mask's bounds, in place of the source's; changed.
 * @throws MasksmithError `state` if nothing is left.
 */
export function* cutOut(
  layers: readonly Layer[],
  coverage: Coverage,
  name: string,
  own?: Uint8ClampedArray<ArrayBuffer>,
): InTurns<Cut> {
  const { x, y, width, height } = coverage;
  const pixels = own ?? (yield* pixelsIn(layers, coverage));
  const row = new Uint8Array(width);
  for (let dy = 0, a = 3; dy < height; dy++) {
    readSoftRow(coverage, x, y + dy, row);
    for (let dx = 0; dx < width; dx++, a += 4) pixels[a] = (pixels[a] * row[dx]) / 255;
    yield width;
  }
  refuseEmpty(pixels, name);
  return { x, y, width, height, pixels };
}

function refuseEmpty(pixels: Uint8ClampedArray, name: string): void {
  for (let a = 3; a < pixels.length; a += 4) if (pixels[a] > 0) return;
  throw new MasksmithError(
    "state",
    `The active layer has no pixels where “${name}” is. Nothing changed; select another layer.`,
  );
}
