import { encodeRle, type Rle, rleArea, rleIou, type SoftMask } from "@masksmith/core";
import sharp from "sharp";
import { expect } from "vitest";
import type { Layer } from "../../../hosts/browser/src/document/index.js";
import type { BrowserHost } from "../../../hosts/browser/src/host/browserHost.js";
import { filledPaths } from "../../photoshop/psdFile.js";
import { fixture, type PanelDriver } from "./panel.js";

/** Of the included photograph. */
export const WIDTH = 600;
export const HEIGHT = 400;

export interface ShownLayer {
  readonly name: string;
  readonly mask: (SoftMask & { readonly enabled: boolean }) | null;
  /** RGBA in its bounds; of the background none. */
  readonly pixels: SoftMask | null;
}

/** What the page's document has, its layers from the bottom up, those of groups too. */
export interface Shown {
  readonly step: number;
  readonly selection: SoftMask | null;
  readonly channels: readonly SoftMask[];
  readonly paths: readonly (readonly (readonly number[])[])[];
  readonly layers: readonly ShownLayer[];
}

export async function documentOf({ page }: PanelDriver): Promise<Shown> {
  const text = await page.evaluate(() => {
    const { current } = seen.session().host as unknown as BrowserHost;
    const { selection, channels, paths, layers } = current!.state;
    const shown = (layer: Layer): unknown[] => {
      const { name, mask } = layer;
      if (layer.kind === "group") return layer.children.flatMap(shown);
      const { x, y, width, height, pixels, background } = layer;
      return [{ name, mask, pixels: background ? null : { x, y, width, height, data: pixels } }];
    };
    const state = {
      step: current!.history.index,
      selection,
      channels: channels.map(({ coverage }) => coverage),
      paths: paths.map(({ outlines }) => outlines.map(({ points }) => Array.from(points))),
      layers: layers.flatMap(shown),
    };
    return JSON.stringify(state, (_, value) => (ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value));
  });
  return JSON.parse(text) as Shown;
}

/** Where coverage in bounds of its own (one of its channels) is half or more. */
export function maskOf(soft: SoftMask | null, channels = 1, channel = 0): Rle {
  const canvas = new Uint8Array(WIDTH * HEIGHT);
  const { x, y, width, height, data } = soft ?? { x: 0, y: 0, width: 0, height: 0, data: [] };
  for (let i = 0; i < width * height; i++) {
    if (data[i * channels + channel] > 127) canvas[(y + Math.floor(i / width)) * WIDTH + x + (i % width)] = 1;
  }
  return encodeRle(canvas, WIDTH, HEIGHT);
}

export const bitsOf = (bytes: Uint8Array): Rle => maskOf({ x: 0, y: 0, width: WIDTH, height: HEIGHT, data: bytes });

export const pathMask = (outlines: Shown["paths"][number]): Rle =>
  bitsOf(
    filledPaths(
      outlines.map((points) => Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]])),
      WIDTH,
      HEIGHT,
    ),
  );

export function same(ours: Rle, expected: Rle, least = 0.99): void {
  expect(rleArea(expected)).toBeGreaterThan(500);
  expect(rleIou(ours, expected)).toBeGreaterThanOrEqual(least);
}

/** Colours of the opaque pixels of `cut` that differ from the photograph's. */
export async function otherColours({ x, y, width, height, data }: SoftMask): Promise<number> {
  const photo = await sharp(fixture("coffee.png")).removeAlpha().raw().toBuffer();
  let [other, opaque] = [0, 0];
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i + 3] !== 255) continue;
    opaque++;
    const at = 3 * ((y + Math.floor(i / width)) * WIDTH + x + (i % width));
    for (let c = 0; c < 3; c++) if (Math.abs(data[4 * i + c] - photo[at + c]) > 1) other++;
  }
  expect(opaque).toBeGreaterThan(500);
  return other;
}

/** A cut-out where its bounds have to be: its file has no place, so the one where its colours are the photograph's. */
export async function placed(cut: Pick<SoftMask, "width" | "height" | "data">): Promise<SoftMask> {
  const photo = await sharp(fixture("coffee.png")).removeAlpha().raw().toBuffer();
  const { width, height, data } = cut;
  const fits = (x: number, y: number) => {
    for (let i = 0; i < width * height; i += 7) {
      if (data[4 * i + 3] !== 255) continue;
      const at = 3 * ((y + Math.floor(i / width)) * WIDTH + x + (i % width));
      for (let c = 0; c < 3; c++) if (Math.abs(data[4 * i + c] - photo[at + c]) > 1) return false;
    }
    return true;
  };
  for (let y = 0; y + height <= HEIGHT; y++)
    for (let x = 0; x + width <= WIDTH; x++) if (fits(x, y)) return { ...cut, x, y };
  throw new Error("The cut-out's colours are nowhere in the photograph");
}
