import { decontaminate, type Raster, type SoftMask } from "@masksmith/core";
import { describe, expect, test, vi } from "vitest";
import {
  type Decontaminate,
  findLayer,
  PictureDocument,
  type PixelLayer,
} from "../../../hosts/browser/src/document/index.js";
import type { Output } from "../../../panel/host.js";
import { documentState, pixelLayer } from "./states.js";

const SIDE = 160;
const RADIUS = 50;
/** Width of the soft edge. */
const EDGE = 12;
const GROUND = [20, 210, 235] as const;

/** The object's own colour at a pixel: it changes over the object, so that no single colour is right everywhere. */
const own = (x: number, y: number) => [200 + x / 4, 30 + y / 4, 30] as const;

const disc: SoftMask = { x: 0, y: 0, width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE) };
for (let i = 0; i < disc.data.length; i++) {
  const distance = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2);
  disc.data[i] = 255 * Math.max(0, Math.min(1, (RADIUS - distance) / EDGE + 0.5));
}

/** The object under its soft edge over the ground, as a camera would mix them. */
function photograph(): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(SIDE * SIDE * 4).fill(255);
  for (let i = 0; i < disc.data.length; i++) {
    const alpha = disc.data[i] / 255;
    const colour = own(i % SIDE, Math.floor(i / SIDE));
    for (let c = 0; c < 3; c++) pixels[i * 4 + c] = alpha * colour[c] + (1 - alpha) * GROUND[c];
  }
  return pixels;
}

/** As the panel's worker does test. */
const recolour: Decontaminate = async (raster: Raster, soft) => {
  const { data } = decontaminate(raster, { ...soft, x: 0, y: 0 });
  return { ...raster, data: raster.data.map((value, i) => (i % 4 === 3 ? value : data[(i >> 2) * 3 + (i % 4)])) };
};

function open(pixels = photograph()): PictureDocument {
  const photo = pixelLayer(1, { width: SIDE, height: SIDE, pixels });
  return new PictureDocument("document-1", "disc.png", documentState(SIDE, SIDE, [photo]));
}

async function newLayer(document: PictureDocument, wanted: boolean, tool?: Decontaminate, mask = disc) {
  const output: Output = { kind: "new-layer", ...(wanted ? { decontaminate: true } : {}) };
  await document.apply(
    { documentId: document.id, output, items: [{ name: "Disc", mask, parent: null }] },
    undefined,
    tool,
  );
  return findLayer(document.state.layers, document.state.activeLayer) as PixelLayer;
}

/** Colour errors against the object's own colour, over the pixels covered in part but visibly: mean and most. */
function errors({ x: left, y: top, width, pixels }: PixelLayer): { mean: number; most: number } {
  const all: number[] = [];
  for (let i = 0; i < pixels.length / 4; i++) {
    const alpha = pixels[i * 4 + 3];
    if (alpha < 32 || alpha > 250) continue;
    const colour = own(left + (i % width), top + Math.floor(i / width));
    all.push(Math.max(...colour.map((value, c) => Math.abs(pixels[i * 4 + c] - value))));
  }
  expect(all.length).toBeGreaterThan(1500);
  return { mean: all.reduce((sum, error) => sum + error, 0) / all.length, most: Math.max(...all) };
}

describe("a new layer with a soft edge", () => {
  test("has the object's colour there, not the mix with what lay behind it", async () => {
    const mixed = errors(await newLayer(open(), false, recolour));
    expect(mixed.mean).toBeGreaterThan(60);
    const layer = await newLayer(open(), true, recolour);
    const { mean, most } = errors(layer);
    expect(mean).toBeLessThan(mixed.mean / 5);
    expect(most).toBeLessThan(mixed.most / 5);
    const alpha = layer.pixels.filter((_, i) => i % 4 === 3);
    expect(alpha).toEqual(Uint8ClampedArray.from(discIn(layer)));
  });

  test("keeps the picture's own colours where the mask covers all", async () => {
    const layer = await newLayer(open(), true, recolour);
    const at = ((SIDE / 2 - layer.y) * layer.width + SIDE / 2 - layer.x) * 4;
    expect([...layer.pixels.subarray(at, at + 3)]).toEqual(own(SIDE / 2, SIDE / 2).map(Math.round));
  });
});

describe("nothing is recoloured", () => {
  test("under a hard edge", async () => {
    const tool = vi.fn(recolour);
    const hard = { ...disc, data: disc.data.map((value) => (value > 127 ? 255 : 0)) };
    await newLayer(open(), true, tool, hard);
    expect(tool).not.toHaveBeenCalled();
  });

  test("on a layer that was cut out before, whose colours are no mix", async () => {
    const document = open();
    const first = await newLayer(document, true, recolour);
    const tool = vi.fn(recolour);
    const second = await newLayer(document, true, tool);
    expect(tool).not.toHaveBeenCalled();
    expect(errors(second).mean).toBeLessThanOrEqual(errors(first).mean + 1);
  });
});

test("a failure on the way changes nothing", async () => {
  const document = open();
  const failing = newLayer(document, true, async () => {
    throw new Error("out of memory");
  });
  await expect(failing).rejects.toThrow("out of memory");
  expect(document.history.index).toBe(0);
});

function discIn({ x, y, width, height }: PixelLayer): number[] {
  return Array.from(
    { length: width * height },
    (_, i) => disc.data[(y + Math.floor(i / width)) * SIDE + x + (i % width)],
  );
}
