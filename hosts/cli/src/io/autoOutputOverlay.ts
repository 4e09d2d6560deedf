import { type LabelMap, labelMap, meanColours, type ObjectMask, type Rgb, structureOf } from "@masksmith/core";
import sharp from "sharp";
import type { Output } from "./atomic.js";
import type { Picture } from "./readImage.js";

/** Opacity of a mask's colour, as in `show_anns` of Meta's automatic mask generator notebook. */
const ALPHA = 0.35;
/** One pixel of contour for so many pixels of the picture's long side. */
const PIXELS_A_CONTOUR = 1000;

/**
 * The picture, on white where it is transparent, with each mask in its colour: small masks over large ones, each pixel
 * tinted once. Where a mask ends, its colour is solid.
 */
export async function overlayPng(path: string, picture: Picture, masks: readonly ObjectMask[]): Promise<Output[]> {
  const { width, height } = picture.raster;
  const pixels = overlay(picture, masks);
  const image = sharp(pixels, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  return [{ path, bytes: await image.png().toBuffer() }];
}

/** [height, width, 3] */
function overlay({ raster }: Picture, masks: readonly ObjectMask[]): Uint8Array {
  const { width, height, channels, data } = raster;
  const pixels = onWhite(data, channels);
  const { colours } = structureOf(masks, raster, { under: meanColours(masks, raster) });
  const labels = labelMap(masks, raster);
  const line = Math.max(1, Math.round(Math.max(width, height) / PIXELS_A_CONTOUR));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const label = labels.data[i];
      if (label === 0) continue;
      tint(pixels, i * 3, colours[label - 1], isContour(labels, x, y, line) ? 1 : ALPHA);
    }
  }
  return pixels;
}

function tint(pixels: Uint8Array, at: number, colour: Rgb, alpha: number): void {
  for (let channel = 0; channel < 3; channel++) {
    pixels[at + channel] = Math.round(pixels[at + channel] * (1 - alpha) + colour[channel] * alpha);
  }
}

/** Whether another mask, or none, is `line` pixels away. The picture's own border is no contour. */
function isContour({ width, height, data }: LabelMap, x: number, y: number, line: number): boolean {
  const i = y * width + x;
  const label = data[i];
  return (
    (x >= line && data[i - line] !== label) ||
    (x + line < width && data[i + line] !== label) ||
    (y >= line && data[i - line * width] !== label) ||
    (y + line < height && data[i + line * width] !== label)
  );
}

function onWhite(data: Uint8Array, channels: 3 | 4): Uint8Array {
  if (channels === 3) return data.slice();
  const pixels = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3];
    const white = 255 * (255 - alpha) + 127;
    for (let channel = 0; channel < 3; channel++) pixels[to + channel] = (data[from + channel] * alpha + white) / 255;
  }
  return pixels;
}
