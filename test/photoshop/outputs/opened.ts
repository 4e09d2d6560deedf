import { type Coverage, readSoftRow, type SoftMask } from "@masksmith/core";
import { afterEach, expect } from "vitest";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { Layer, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import type { ApplyItem, SelectionMode } from "../../../panel/host.js";
import { documentState, noise, noiseMask, pixelLayer } from "../../hosts/browser/states.js";
import { TestPage } from "../session.js";
import type { SimDocument } from "../simulator/document.js";
import { Simulator } from "../simulator/simulator.js";
import type { DocumentOptions } from "../simulator/state.js";
import type { Variants } from "../simulator/variants.js";

export const W = 61;
export const H = 47;
export const MASK = noiseMask(9, 6, 22, 17, 3);
export const OTHER = noiseMask(20, 12, 25, 20, 4);
export const MODES: readonly SelectionMode[] = ["replace", "add", "subtract", "intersect"];

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

export interface Opened {
  readonly simulator: Simulator;
  readonly document: SimDocument;
  readonly page: TestPage;
}

export function open(
  layers: readonly Layer[],
  options: DocumentOptions = {},
  variants: Partial<Variants> = {},
): Opened {
  const simulator = new Simulator(variants);
  const picture = { ...documentState(W, H), layers, activeLayer: layers[0]?.id ?? null };
  const document = simulator.open(picture, options);
  const page = new TestPage(simulator);
  pages.push(page);
  return { simulator, document, page };
}

export function layer(id = 1, changes: Partial<PixelLayer> = {}): PixelLayer {
  return pixelLayer(id, { width: W, height: H, pixels: noise(W, H, id, true), ...changes });
}

export function item(mask: SoftMask, name = "Cup", parent: number | null = null): ApplyItem {
  return { name, mask, parent };
}

/** Every pixel of the canvas. */
export function bytesOf(coverage: Coverage | null): Uint8Array {
  const out = new Uint8Array(W * H);
  if (coverage) for (let y = 0; y < H; y++) readSoftRow(coverage, 0, y, out.subarray(y * W, (y + 1) * W));
  return out;
}

/** The rules of fuzzy sets, pixel by pixel. */
export function expected(a: Uint8Array, b: Uint8Array, mode: SelectionMode): Uint8Array {
  const rules = {
    replace: (_: number, q: number) => q,
    add: (p: number, q: number) => Math.max(p, q),
    subtract: (p: number, q: number) => Math.min(p, 255 - q),
    intersect: (p: number, q: number) => Math.min(p, q),
  };
  return a.map((value, i) => rules[mode](value, b[i]));
}

export const maskBytes = bytesOf(toCoverage(MASK));
export const otherBytes = bytesOf(toCoverage(OTHER));

export function maskOf(document: SimDocument, id = document.state.activeLayers[0]): Coverage | null {
  return document.layer(id).mask;
}

export function oneStep({ document, simulator }: Opened, steps = 1): void {
  expect(document.at).toBe(steps);
  expect(simulator.imaging.leaked).toBe(0);
}
