import { type Candidate, decodeRle, type SoftMask } from "@masksmith/core";
import sharp, { type Channels } from "sharp";
import type { SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";
import { numberedPaths } from "./numbered.js";
import type { Picture } from "./readImage.js";

/** One 8-bit grey PNG of the picture's size a mask: 255 on the object, 0 elsewhere. */
export async function maskPngs({ masks }: SegmentResult, path: string): Promise<Output[]> {
  const paths = numberedPaths(path, masks.length);
  const outputs: Output[] = [];
  for (const [i, { candidate }] of masks.entries()) {
    const [height, width] = candidate.mask.size;
    outputs.push({ path: paths[i], bytes: await png(toGrey(decodeRle(candidate.mask)), width, height, 1) });
  }
  return outputs;
}

/**
 * One RGBA PNG of the picture's size an object: the picture's colours, its own alpha times the soft mask. Where nothing
 * of the object is, colour is zero too, so that the background is really gone.
 */
export async function cutoutPngs({ picture, masks }: SegmentResult, path: string): Promise<Output[]> {
  const paths = numberedPaths(path, masks.length);
  const { width, height } = picture.raster;
  const outputs: Output[] = [];
  for (const [i, { candidate }] of masks.entries()) {
    const soft = edgeOf(candidate);
    outputs.push({ path: paths[i], bytes: await png(cutOut(picture, soft), width, height, 4) });
  }
  return outputs;
}

/** [height, width, 4] row-major, straight alpha. */
function cutOut({ raster }: Picture, soft: SoftMask): Uint8Array {
  const { width, channels, data } = raster;
  const pixels = new Uint8Array(width * raster.height * 4);
  for (let row = 0, from = 0; row < soft.height; row++) {
    let at = (soft.y + row) * width + soft.x;
    for (let column = 0; column < soft.width; column++, at++, from++) {
      const own = channels === 4 ? data[at * 4 + 3] : 255;
      const alpha = Math.round((soft.data[from] * own) / 255);
      if (alpha === 0) continue;
      pixels.set(data.subarray(at * channels, at * channels + 3), at * 4);
      pixels[at * 4 + 3] = alpha;
    }
  }
  return pixels;
}

/** The soft mask, or the binary one where the engine was not asked for it. */
function edgeOf({ soft, mask, bbox }: Candidate): SoftMask {
  const [x, y, width, height] = bbox;
  return soft ?? { x, y, width, height, data: toGrey(decodeRle(mask, bbox)) };
}

/** 0 and 1 to 0 and 255, in place. */
function toGrey(mask: Uint8Array): Uint8Array {
  for (let i = 0; i < mask.length; i++) mask[i] = -mask[i];
  return mask;
}

function png(pixels: Uint8Array, width: number, height: number, channels: Channels): Promise<Uint8Array> {
  const image = sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}
