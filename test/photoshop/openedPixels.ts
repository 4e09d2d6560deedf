import { afterEach } from "vitest";
import type { PixelLayer } from "../../hosts/browser/src/document/model.js";
import { documentState, pixelLayer } from "../hosts/browser/states.js";
import { TestPage } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import type { DocumentOptions } from "./simulator/state.js";
import type { Variants } from "./simulator/variants.js";

/** Odd on purpose: no level of the pyramid fits them. */
export const W = 241;
export const H = 187;

export const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

/** A layer whose colours say where they lie: red is x, green is y; opaque in its own bounds. */
export function places(
  x: number,
  y: number,
  width: number,
  height: number,
  changes: Partial<PixelLayer> = {},
): PixelLayer {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    pixels.set([x + (i % width), y + Math.floor(i / width), 77, 255], i * 4);
  }
  return pixelLayer(1, { x, y, width, height, pixels, ...changes });
}

export function open(layers: readonly PixelLayer[], options: DocumentOptions = {}, variants: Partial<Variants> = {}) {
  const simulator = new Simulator(variants);
  const document = simulator.open({ ...documentState(W, H), layers, activeLayer: layers[0]?.id ?? null }, options);
  const page = new TestPage(simulator);
  pages.push(page);
  return { simulator, document, page };
}
