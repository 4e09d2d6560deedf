import { intersectRects, isEmptyRect, type Rect, readSoftRow } from "@masksmith/core";
import { type Blend, blendOf } from "./blendModes.js";
import type { DocumentState, GroupLayer, Layer, PixelLayer } from "./model.js";

type Bytes = Uint8ClampedArray;

/** Writes what the document shows in `region` to `out`: 8-bit RGBA, straight alpha, row by row. Costs only the region. */
export function composite(state: Pick<DocumentState, "layers">, region: Rect, out: Bytes): void {
  const target = out.subarray(0, region.width * region.height * 4);
  target.fill(0);
  drawLayers(state.layers, region, target);
}

function drawLayers(layers: readonly Layer[], region: Rect, out: Bytes): void {
  for (let i = 0; i < layers.length; ) {
    const layer = layers[i++];
    const first = i;
    while (i < layers.length && layers[i].clipped) i++;
    if (!layer.visible || layer.opacity === 0) continue;
    const clipped = layers.slice(first, i).filter(({ visible }) => visible);
    if (clipped.length > 0) drawClipped(layer, clipped, region, out);
    else drawLayer(layer, region, out);
  }
}

function drawLayer(layer: Layer, region: Rect, out: Bytes): void {
  if (layer.kind === "group") drawGroup(layer, region, out);
  else drawPixels(layer, layer, region, out);
}

/** The clipped layers show only on the base's own coverage; base and clipped ones then blend as one layer. */
function drawClipped(base: Layer, clipped: readonly Layer[], region: Rect, out: Bytes): void {
  const buffer = new Uint8ClampedArray(out.length);
  drawLayer({ ...base, opacity: 1, blendMode: "normal" }, region, buffer);
  const alpha = new Uint8Array(out.length / 4);
  for (let i = 0, o = 3; i < alpha.length; i++, o += 4) {
    alpha[i] = buffer[o];
    if (alpha[i] > 0) buffer[o] = 255;
  }
  drawLayers(
    clipped.map((layer) => ({ ...layer, clipped: false })),
    region,
    buffer,
  );
  for (let i = 0, o = 3; i < alpha.length; i++, o += 4) buffer[o] = alpha[i];
  drawPixels({ ...region, pixels: buffer }, { ...base, mask: null }, region, out);
}

function drawGroup(group: GroupLayer, region: Rect, out: Bytes): void {
  const passThrough = group.blendMode === "pass through";
  if (passThrough && group.opacity === 1 && !group.mask?.enabled) {
    drawLayers(group.children, region, out);
    return;
  }
  const buffer = new Uint8ClampedArray(out.length);
  if (!passThrough) {
    drawLayers(group.children, region, buffer);
    drawPixels({ ...region, pixels: buffer }, group, region, out);
    return;
  }
  buffer.set(out);
  drawLayers(group.children, region, buffer);
  mix(out, buffer, group, region);
}

/** `out` turned towards `changed` by the group's mask and opacity, premultiplied. */
function mix(out: Bytes, changed: Bytes, group: GroupLayer, region: Rect): void {
  const row = new Uint8Array(region.width);
  for (let y = 0, o = 0; y < region.height; y++) {
    readCoverage(group, region.x, region.y + y, row);
    for (let x = 0; x < region.width; x++, o += 4) {
      const share = row[x] / 255;
      if (share === 0) continue;
      const from = out[o + 3] * (1 - share);
      const to = changed[o + 3] * share;
      const alpha = from + to;
      if (alpha > 0) for (let c = o; c < o + 3; c++) out[c] = (out[c] * from + changed[c] * to) / alpha;
      out[o + 3] = alpha;
    }
  }
}

type Pixels = Pick<PixelLayer, keyof Rect> & { readonly pixels: Bytes };
type Manner = Pick<Layer, "opacity" | "mask" | "blendMode">;

function drawPixels(source: Pixels, manner: Manner, region: Rect, out: Bytes): void {
  const area = intersectRects(source, region);
  if (isEmptyRect(area)) return;
  const blend = blendOf(manner.blendMode);
  const plain = manner.opacity === 1 && !manner.mask?.enabled;
  const coverage = new Uint8Array(area.width).fill(255);
  for (let y = area.y; y < area.y + area.height; y++) {
    if (!plain) readCoverage(manner, area.x, y, coverage);
    const s = ((y - source.y) * source.width + area.x - source.x) * 4;
    const o = ((y - region.y) * region.width + area.x - region.x) * 4;
    if (blend) blendRow(source.pixels, s, coverage, out, o, blend);
    else if (plain) coverRowPlain(source.pixels, s, area.width, out, o);
    else coverRow(source.pixels, s, coverage, out, o);
  }
}

/** Mask times opacity along a row. */
function readCoverage({ mask, opacity }: Manner, x: number, y: number, row: Uint8Array): void {
  if (mask?.enabled) readSoftRow(mask, x, y, row);
  else row.fill(255);
  if (opacity < 1) for (let i = 0; i < row.length; i++) row[i] = row[i] * opacity + 0.5;
}

/** Source over backdrop, without mask or opacity: runs of opaque pixels are copied as they are. */
function coverRowPlain(source: Bytes, s: number, width: number, out: Bytes, o: number): void {
  for (let x = 0; x < width; ) {
    const start = x;
    while (x < width && source[s + x * 4 + 3] === 255) x++;
    if (x > start) out.set(source.subarray(s + start * 4, s + x * 4), o + start * 4);
    for (; x < width && source[s + x * 4 + 3] < 255; x++)
      cover(source, s + x * 4, source[s + x * 4 + 3], out, o + x * 4);
  }
}

function coverRow(source: Bytes, s: number, coverage: Uint8Array, out: Bytes, o: number): void {
  for (let x = 0; x < coverage.length; x++, s += 4, o += 4) {
    if (coverage[x] > 0) cover(source, s, (source[s + 3] * coverage[x]) / 255, out, o);
  }
}

/** One pixel of source with alpha 0..255 over the backdrop (Porter and Duff 1984), straight alpha. */
function cover(source: Bytes, s: number, alpha: number, out: Bytes, o: number): void {
  if (alpha === 0) return;
  const below = (out[o + 3] * (255 - alpha)) / 255;
  const total = alpha + below;
  out[o] = (source[s] * alpha + out[o] * below) / total;
  out[o + 1] = (source[s + 1] * alpha + out[o + 1] * below) / total;
  out[o + 2] = (source[s + 2] * alpha + out[o + 2] * below) / total;
  out[o + 3] = total;
}

/** As `cover`, where both are covered with the blended colour (W3C Compositing and Blending Level 1, section 5). */
function blendRow(source: Bytes, s: number, coverage: Uint8Array, out: Bytes, o: number, blend: Blend): void {
  for (let x = 0; x < coverage.length; x++, s += 4, o += 4) {
    const alpha = (source[s + 3] * coverage[x]) / 255;
    if (alpha === 0) continue;
    const both = (alpha * out[o + 3]) / 255;
    const below = out[o + 3] - both;
    const total = alpha + below;
    for (let c = 0; c < 3; c++) {
      const mixed = blend(out[o + c], source[s + c]);
      out[o + c] = (source[s + c] * (alpha - both) + mixed * both + out[o + c] * below) / total;
    }
    out[o + 3] = total;
  }
}
