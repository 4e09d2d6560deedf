import { type Box, box, type Raster } from "@masksmith/core";
import type { HostPixels } from "@masksmith/panel/host";
import type { PixelsOnWire } from "../bridge/index.js";

/** The whole pixels of a document that a region touches. */
export function wholeRegion(
  region: Box<"document"> | null,
  { width, height }: { readonly width: number; readonly height: number },
): Box<"document"> {
  if (!region) return box("document", 0, 0, width, height);
  const x0 = Math.max(Math.floor(region.x0), 0);
  const y0 = Math.max(Math.floor(region.y0), 0);
  const x1 = Math.min(Math.ceil(region.x1), width);
  return box("document", x0, y0, x1, Math.min(Math.ceil(region.y1), height));
}

/**
 * Pixels as Photoshop gave them (trimmed, perhaps reaching a reduced pixel beyond) as RGBA of exactly the wanted region, long
 * side at most `maxSide`. Copied where the pixels' grid is the document's, else sampled between neighbours.
 */
export function fitted(pixels: PixelsOnWire, wanted: Box<"document">, maxSide: number): HostPixels {
  const { width: across, height: down, channels, version, data: bytes } = pixels;
  const raster: Raster = { width: across, height: down, channels, data: bytes };
  const region = box("document", pixels.region.x0, pixels.region.y0, pixels.region.x1, pixels.region.y1);
  if (isSame(region, wanted)) return { raster: withAlpha(raster), region: wanted, version };
  const width = wanted.x1 - wanted.x0;
  const height = wanted.y1 - wanted.y0;
  const scale = Math.min(maxSide / Math.max(width, height), 1);
  const size = { width: Math.max(Math.round(width * scale), 1), height: Math.max(Math.round(height * scale), 1) };
  const data = new Uint8ClampedArray(size.width * size.height * 4);
  const own = region.x1 - region.x0 === raster.width && region.y1 - region.y0 === raster.height;
  if (scale === 1 && own) copyRows(raster, region, wanted, data);
  else sample(raster, region, wanted, size, data);
  return { raster: { ...size, channels: 4, data }, region: wanted, version };
}

function isSame(a: Box<"document">, b: Box<"document">): boolean {
  return a.x0 === b.x0 && a.y0 === b.y0 && a.x1 === b.x1 && a.y1 === b.y1;
}

function withAlpha(raster: Raster): Raster {
  const { width, height, data } = raster;
  if (raster.channels === 4) {
    return { ...raster, data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length) };
  }
  const out = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, o = 0; i < data.length; i += 3, o += 4) {
    out[o] = data[i];
    out[o + 1] = data[i + 1];
    out[o + 2] = data[i + 2];
    out[o + 3] = 255;
  }
  return { width, height, channels: 4, data: out };
}

function copyRows(raster: Raster, from: Box<"document">, to: Box<"document">, out: Uint8ClampedArray): void {
  const source = withAlpha(raster).data as Uint8ClampedArray;
  const left = Math.max(from.x0, to.x0);
  const right = Math.min(from.x1, to.x1);
  if (left >= right) return;
  for (let y = Math.max(from.y0, to.y0); y < Math.min(from.y1, to.y1); y++) {
    const start = ((y - from.y0) * raster.width + left - from.x0) * 4;
    const at = ((y - to.y0) * (to.x1 - to.x0) + left - to.x0) * 4;
    out.set(source.subarray(start, start + (right - left) * 4), at);
  }
}

/** Bilinear between pixel centres, weighted by alpha; transparent outside what is shown. */
function sample(
  { width: w, height: h, channels, data }: Raster,
  shown: Box<"document">,
  wanted: Box<"document">,
  { width, height }: { readonly width: number; readonly height: number },
  out: Uint8ClampedArray,
): void {
  const across = axis(shown.x0, shown.x1, w, wanted.x0, wanted.x1, width);
  const down = axis(shown.y0, shown.y1, h, wanted.y0, wanted.y1, height);
  const sum = new Float64Array(4);
  for (let y = 0, o = 0; y < height; y++) {
    for (let x = 0; x < width; x++, o += 4) {
      if (across.first[x] < 0 || down.first[y] < 0) continue;
      sum.fill(0);
      for (let corner = 0; corner < 4; corner++) {
        const [cx, cy] = [corner & 1, corner >> 1];
        const share = (cx ? across.share[x] : 1 - across.share[x]) * (cy ? down.share[y] : 1 - down.share[y]);
        if (share === 0) continue;
        const i = ((down.first[y] + cy) * w + across.first[x] + cx) * channels;
        const alpha = share * (channels === 4 ? data[i + 3] : 255);
        for (let c = 0; c < 3; c++) sum[c] += data[i + c] * alpha;
        sum[3] += alpha;
      }
      if (sum[3] === 0) continue;
      for (let c = 0; c < 3; c++) out[o + c] = sum[c] / sum[3];
      out[o + 3] = sum[3];
    }
  }
}

/** For each output pixel the first of its two neighbours in the source (-1: none) and the second's share. */
function axis(from: number, to: number, count: number, start: number, end: number, outputs: number) {
  const first = new Int32Array(outputs);
  const share = new Float64Array(outputs);
  for (let i = 0; i < outputs; i++) {
    const at = start + ((i + 0.5) * (end - start)) / outputs;
    const place = Math.min(Math.max(((at - from) * count) / (to - from) - 0.5, 0), count - 1);
    first[i] = at < from || at > to ? -1 : Math.min(Math.floor(place), Math.max(count - 2, 0));
    share[i] = place - first[i];
    if (count === 1) share[i] = 0;
  }
  return { first, share };
}
