import { cropSoft, decontaminate, rleToSoft, type SoftMask } from "@masksmith/core";
import sharp, { type Channels } from "sharp";
import type { SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";
import { numberedPaths } from "./numbered.js";
import type { Picture } from "./readImage.js";

/** One 8-bit grey PNG of the picture's size a mask: 255 on the object, 0 elsewhere, between them on soft edges. */
export async function maskPngs({ masks }: SegmentResult, path: string): Promise<Output[]> {
  const paths = numberedPaths(path, masks.length);
  const outputs: Output[] = [];
  for (const [i, { candidate, soft }] of masks.entries()) {
    const [height, width] = candidate.mask.size;
    const grey = cropSoft(soft ?? rleToSoft(candidate.mask), { x: 0, y: 0, width, height }).data;
    outputs.push({ path: paths[i], bytes: await png(grey, width, height, 1) });
  }
  return outputs;
}

/**
 * One RGBA PNG of the picture's size an object: the picture's colours, its own alpha times the soft mask. Where nothing
 * of the object is, colour is zero too, so that the background is really gone.
 */
export async function cutoutPngs(
  { picture, masks }: SegmentResult,
  path: string,
  options: { readonly decontaminate?: true } = {},
): Promise<Output[]> {
  const paths = numberedPaths(path, masks.length);
  const { width, height } = picture.raster;
  const outputs: Output[] = [];
  for (const [i, { candidate }] of masks.entries()) {
    // The binary mask where the engine was not asked for soft edges.
    const soft = candidate.soft ?? rleToSoft(candidate.mask);
    outputs.push({ path: paths[i], bytes: await png(cutOut(picture, soft, options), width, height, 4) });
  }
  return outputs;
}

/** [height, width, 4] row-major, straight alpha. */
function cutOut(
  { raster }: Picture,
  soft: SoftMask,
  { decontaminate: own }: { readonly decontaminate?: true },
): Uint8Array {
  const { width, channels, data } = raster;
  const colours = own && soft.width > 0 ? decontaminate(raster, soft).data : undefined;
  const pixels = new Uint8Array(width * raster.height * 4);
  for (let row = 0, from = 0; row < soft.height; row++) {
    let at = (soft.y + row) * width + soft.x;
    for (let column = 0; column < soft.width; column++, at++, from++) {
      const opacity = channels === 4 ? data[at * 4 + 3] : 255;
      const alpha = Math.round((soft.data[from] * opacity) / 255);
      if (alpha === 0) continue;
      const colour = colours?.subarray(from * 3, from * 3 + 3) ?? data.subarray(at * channels, at * channels + 3);
      pixels.set(colour, at * 4);
      pixels[at * 4 + 3] = alpha;
    }
  }
  return pixels;
}

function png(pixels: Uint8Array, width: number, height: number, channels: Channels): Promise<Uint8Array> {
  const image = sharp(pixels, { raw: { width, height, channels }, limitInputPixels: false });
  return (channels === 1 ? image.toColourspace("b-w") : image).png().toBuffer();
}
