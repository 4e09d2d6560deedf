import { invalid } from "../../errors.js";
import { toRgb8 } from "../../raster.js";
import type { Raster, RgbRaster, SoftMask } from "../../types.js";
import { regionOf } from "../region.js";

/** Radii of the two rounds, in parts of the larger one. */
const SECOND_ROUND = 1 / 15;

/** Side of the squares that are worked on one at a time, so that memory does not grow with the object. */
const TILE = 512;

interface Rect {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * The object's own colours: the background's share is taken out of the colour of half covered pixels, for cut-outs that stand
 * on any ground. Blur-fusion foreground estimation, two rounds (Forte: Approximate Fast Foreground Colour Estimation, ICIP
 * 2021): each round blurs what is known of both sides into the rim, then corrects by what the picture shows.
 * @param raster the whole document, one for one.
 * @param radius of the first round in document pixels; about the width of the soft rim.
 * @returns colours in the bounds; those of fully covered pixels are the picture's, as are those of uncovered ones far from
 *   the rim.
 * @throws MasksmithError `input` if the mask is empty or reaches outside the raster.
 */
export function decontaminate(raster: Raster, soft: SoftMask, radius = 90): RgbRaster {
  const { x, y, width, height } = soft;
  if (!(radius > 0)) throw invalid("radius", "a positive number", radius);
  const picture = toRgb8(regionOf(raster, { x0: x, y0: y, x1: x + width, y1: y + height }));
  const out = picture.data.slice();
  for (let y0 = 0; y0 < height; y0 += TILE) {
    for (let x0 = 0; x0 < width; x0 += TILE) {
      const tile = { x0, y0, x1: Math.min(width, x0 + TILE), y1: Math.min(height, y0 + TILE) };
      if (holdsRim(soft, tile)) recolour(picture, soft, tile, radius, out);
    }
  }
  return { width, height, data: out };
}

function holdsRim({ width, data }: SoftMask, { x0, y0, x1, y1 }: Rect): boolean {
  for (let y = y0; y < y1; y++)
    for (let i = y * width + x0; i < y * width + x1; i++) if (data[i] > 0 && data[i] < 255) return true;
  return false;
}

/** Writes the own colours of a tile into `out`, from all that both rounds see around it. */
function recolour(picture: RgbRaster, soft: SoftMask, tile: Rect, radius: number, out: Uint8Array): void {
  const second = Math.ceil(radius * SECOND_ROUND);
  const margin = Math.ceil(radius) + second;
  const seen = {
    x0: Math.max(0, tile.x0 - margin),
    y0: Math.max(0, tile.y0 - margin),
    x1: Math.min(picture.width, tile.x1 + margin),
    y1: Math.min(picture.height, tile.y1 + margin),
  };
  const width = seen.x1 - seen.x0;
  const part: Part = { width, height: seen.y1 - seen.y0, data: plane(soft.data, soft.width, 1, 0, seen) };
  const [wide, narrow] = [weightsOf(part, Math.ceil(radius)), weightsOf(part, second)];
  for (let channel = 0; channel < 3; channel++) {
    const image = plane(picture.data, picture.width, 3, channel, seen);
    const first = fuse(image, image, image, part, wide);
    const { foreground } = fuse(image, first.foreground, first.background, part, narrow);
    for (let y = tile.y0; y < tile.y1; y++) {
      const row = (y - seen.y0) * width - seen.x0;
      for (let x = tile.x0; x < tile.x1; x++)
        if (part.data[row + x] < 255)
          out[(y * picture.width + x) * 3 + channel] = Math.max(0, Math.min(255, foreground[row + x] + 0.5));
    }
  }
}

/** Coverage 0..255, [height, width]. */
interface Part {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** One channel of a part of interleaved pixels. */
function plane(data: Uint8Array, width: number, channels: number, channel: number, seen: Rect): Float32Array {
  const values = new Float32Array((seen.x1 - seen.x0) * (seen.y1 - seen.y0));
  for (let y = seen.y0, k = 0; y < seen.y1; y++)
    for (let x = seen.x0; x < seen.x1; x++, k++) values[k] = data[(y * width + x) * channels + channel];
  return values;
}

/** Sums of alpha and of 1 - alpha over the windows of one round; the same for all channels. */
interface Weights {
  readonly radius: number;
  readonly inside: Float64Array;
  readonly outside: Float64Array;
}

function weightsOf({ width, height, data }: Part, radius: number): Weights {
  const inside = Float64Array.from(data, (value) => value / 255);
  const outside = inside.map((alpha) => 1 - alpha);
  for (const sums of [inside, outside]) sumAround(sums, width, height, radius);
  return { radius, inside, outside };
}

/** One round, one channel: F = mean of F by alpha, B = mean of B by 1 - alpha, F += alpha (I - alpha F - (1 - alpha) B). */
function fuse(
  image: Float32Array,
  foreground: Float32Array,
  background: Float32Array,
  { width, height, data }: Part,
  { radius, inside, outside }: Weights,
): { foreground: Float32Array; background: Float32Array } {
  const inner = new Float64Array(image.length);
  const outer = new Float64Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const alpha = data[i] / 255;
    inner[i] = foreground[i] * alpha;
    outer[i] = background[i] * (1 - alpha);
  }
  for (const sums of [inner, outer]) sumAround(sums, width, height, radius);
  const result = { foreground: new Float32Array(image.length), background: new Float32Array(image.length) };
  for (let i = 0; i < image.length; i++) {
    const alpha = data[i] / 255;
    const f = inside[i] > 0 ? inner[i] / inside[i] : image[i];
    const b = outside[i] > 0 ? outer[i] / outside[i] : image[i];
    result.background[i] = b;
    result.foreground[i] = Math.max(0, Math.min(255, f + alpha * (image[i] - alpha * f - (1 - alpha) * b)));
  }
  return result;
}

/** Sums over (2 radius + 1)^2 windows, cut at the borders, in place. */
function sumAround(values: Float64Array, width: number, height: number, radius: number): void {
  const line = new Float64Array(Math.max(width, height));
  for (let y = 0; y < height; y++) sumLine(values, y * width, width, 1, radius, line);
  for (let x = 0; x < width; x++) sumLine(values, x, height, width, radius, line);
}

function sumLine(
  values: Float64Array,
  from: number,
  length: number,
  step: number,
  radius: number,
  line: Float64Array,
): void {
  for (let k = 0, i = from; k < length; k++, i += step) line[k] = values[i];
  let sum = 0;
  for (let k = 0; k < Math.min(radius, length); k++) sum += line[k];
  for (let k = 0, i = from; k < length; k++, i += step) {
    if (k + radius < length) sum += line[k + radius];
    if (k - radius - 1 >= 0) sum -= line[k - radius - 1];
    values[i] = Math.max(0, sum);
  }
}
