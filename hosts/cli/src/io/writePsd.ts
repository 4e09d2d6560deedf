import { parse } from "node:path";
import { decodeRle } from "@masksmith/core";
import { type Layer, type LayerMaskData, type PixelData, writePsdBuffer } from "ag-psd";
import type { FoundMask, SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";
import type { Picture } from "./readImage.js";

/**
 * A layered PSD: at the bottom the picture, hidden; above it, a mask, the picture again with the mask as its layer mask. So
 * the document opens as the object on transparency, and nothing of the picture is lost. Of several answers to one prompt
 * the best one is visible.
 */
export async function psdDocument({ picture, masks }: SegmentResult, path: string): Promise<Output[]> {
  const { width, height } = picture.raster;
  const pixels = rgbaOf(picture);
  const visible = masks.filter(({ rank }) => rank === 0);
  const document = {
    width,
    height,
    imageData: withAlphaOf(pixels, visible),
    children: [
      { name: "Background", hidden: true, imageData: pixels },
      ...masks.map((mask) => objectLayer(mask, masks.length, pixels, picture)),
    ],
  };
  return [{ path, bytes: writePsdBuffer(document, { noBackground: true }) }];
}

function objectLayer(mask: FoundMask, count: number, imageData: PixelData, picture: Picture): Layer {
  const base = parse(picture.name).name;
  const name =
    count === 1 ? base : `${base}, object ${mask.prompt + 1}${mask.rank > 0 ? `, answer ${mask.rank + 1}` : ""}`;
  return { name, hidden: mask.rank > 0, imageData, mask: layerMask(mask) };
}

/** The mask's own bounds only; outside them the layer mask is black. */
function layerMask({ candidate }: FoundMask): LayerMaskData {
  const [left, top, width, height] = candidate.bbox;
  const bounds = { left, top, right: left + width, bottom: top + height, defaultColor: 0 };
  if (candidate.area === 0) return bounds;
  const inside = decodeRle(candidate.mask, candidate.bbox);
  const pixels = new Uint32Array(inside.length);
  for (let i = 0; i < inside.length; i++) if (inside[i]) pixels[i] = 0xffffffff;
  return { ...bounds, imageData: { width, height, data: new Uint8ClampedArray(pixels.buffer) } };
}

/** What the document shows when it opens: the pixels with their alpha cut to the masks. */
function withAlphaOf(pixels: PixelData, masks: readonly FoundMask[]): PixelData {
  const { width, height } = pixels;
  const shown = new Uint8ClampedArray(pixels.data);
  const covered = new Uint8Array(width * height);
  for (const { candidate } of masks) {
    const [left, top, across, down] = candidate.bbox;
    const inside = decodeRle(candidate.mask, candidate.bbox);
    for (let row = 0, i = 0; row < down; row++) {
      for (let at = (top + row) * width + left, end = at + across; at < end; at++, i++) covered[at] |= inside[i];
    }
  }
  for (let at = 0; at < covered.length; at++) if (!covered[at]) shown[at * 4 + 3] = 0;
  return { width, height, data: shown };
}

function rgbaOf({ raster }: Picture): PixelData {
  const { width, height, channels, data } = raster;
  const rgba = new Uint8ClampedArray(width * height * 4);
  if (channels === 4) rgba.set(data);
  else {
    for (let from = 0, to = 0; to < rgba.length; from += 3, to += 4) {
      rgba[to] = data[from];
      rgba[to + 1] = data[from + 1];
      rgba[to + 2] = data[from + 2];
      rgba[to + 3] = 255;
    }
  }
  return { width, height, data: rgba };
}
