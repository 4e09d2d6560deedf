import type { Rect } from "@masksmith/core";
import { composite } from "../../../hosts/browser/src/document/composite.js";
import type { Layer, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import type { SimDocument } from "./document.js";

/** A layer's own pixels, whatever hides, masks or fades them. */
export function alone(document: SimDocument, id: unknown): PixelLayer {
  const layer = document.layer(id);
  if (layer.kind === "group") throw new Error("The layer has no pixels");
  return { ...layer, visible: true, opacity: 1, mask: null, clipped: false, blendMode: "normal" };
}

export function rectAround({ x, y, width, height }: Rect): Rect {
  return { x, y, width, height };
}

interface Reduced {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** A region at a level whose pixels are `pixel` document pixels wide, aligned to the document, by box average. */
export function reduce(
  shown: { readonly layers: readonly Layer[] },
  canvas: Rect,
  region: Rect,
  pixel: number,
  rounding: "ceil" | "floor",
): Reduced {
  const round = rounding === "ceil" ? Math.ceil : Math.floor;
  const left = Math.floor(region.x / pixel);
  const top = Math.floor(region.y / pixel);
  const width = Math.max(round((region.x + region.width) / pixel) - left, 1);
  const height = Math.max(round((region.y + region.height) / pixel) - top, 1);
  const full = { x: left * pixel, y: top * pixel, width: width * pixel, height: height * pixel };
  const pixels = new Uint8ClampedArray(full.width * full.height * 4);
  composite(shown, full, pixels);
  clearOutside(pixels, full, pixel === 1 ? region : canvas);
  return { left, top, width, height, data: pixel === 1 ? pixels : averaged(pixels, full.width, width, height, pixel) };
}

/** What lies off the canvas is no part of the composite. */
function clearOutside(pixels: Uint8ClampedArray, full: Rect, inside: Rect): void {
  for (let y = 0; y < full.height; y++) {
    for (let x = 0; x < full.width; x++) {
      const [px, py] = [full.x + x, full.y + y];
      const isIn = px >= inside.x && py >= inside.y && px < inside.x + inside.width && py < inside.y + inside.height;
      if (!isIn) pixels.fill(0, (y * full.width + x) * 4, (y * full.width + x) * 4 + 4);
    }
  }
}

function averaged(pixels: Uint8ClampedArray, stride: number, width: number, height: number, pixel: number) {
  const out = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sums = [0, 0, 0, 0];
      for (let dy = 0; dy < pixel; dy++) {
        for (let dx = 0; dx < pixel; dx++) {
          const at = ((y * pixel + dy) * stride + x * pixel + dx) * 4;
          for (let c = 0; c < 3; c++) sums[c] += pixels[at + c] * pixels[at + 3];
          sums[3] += pixels[at + 3];
        }
      }
      const o = (y * width + x) * 4;
      for (let c = 0; c < 3; c++) out[o + c] = sums[3] > 0 ? sums[c] / sums[3] : 0;
      // A level's pixel at the border of the document is covered by what of it is inside.
      out[o + 3] = sums[3] > 0 ? Math.max(sums[3] / pixel ** 2, sums[3] >= 255 ? 255 : 0) : 0;
    }
  }
  return out;
}

export function contentOf({ width, height, data }: Reduced): Rect | null {
  let [x0, y0, x1, y1] = [width, height, -1, -1];
  for (let i = 0, a = 3; i < width * height; i++, a += 4) {
    if (data[a] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    x0 = Math.min(x0, x);
    x1 = Math.max(x1, x);
    y0 = Math.min(y0, y);
    y1 = Math.max(y1, y);
  }
  return x1 < 0 ? null : { x: x0, y: y0, width: x1 - x0 + 1, height: y1 - y0 + 1 };
}

export function crop({ width, data }: Reduced, { x, y, width: w, height: h }: Rect) {
  const out = new Uint8ClampedArray(w * h * 4);
  for (let row = 0; row < h; row++) {
    const from = ((y + row) * width + x) * 4;
    out.set(data.subarray(from, from + w * 4), row * w * 4);
  }
  return { width: w, height: h, data: out };
}

/** The size asked for was that of the whole region; trimmed content gets its share. */
export function targetOf(targetSize: unknown, whole: Reduced, cut: { width: number; height: number }) {
  const { width, height } = (targetSize ?? {}) as { width?: number; height?: number };
  if (!width && !height) return null;
  const scale = Math.min(width ? width / whole.width : 1, height ? height / whole.height : 1, 1);
  return { width: Math.max(Math.round(cut.width * scale), 1), height: Math.max(Math.round(cut.height * scale), 1) };
}

export function resample(
  from: { width: number; height: number; data: Uint8ClampedArray },
  width: number,
  height: number,
) {
  if (from.width === width && from.height === height) return from;
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const sy = Math.min(Math.floor(((y + 0.5) * from.height) / height), from.height - 1);
    for (let x = 0; x < width; x++) {
      const sx = Math.min(Math.floor(((x + 0.5) * from.width) / width), from.width - 1);
      for (let c = 0; c < 4; c++) data[(y * width + x) * 4 + c] = from.data[(sy * from.width + sx) * 4 + c];
    }
  }
  return { width, height, data };
}
