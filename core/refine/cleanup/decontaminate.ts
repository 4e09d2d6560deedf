import { invalid } from "../../errors.js";
import type { SoftMask } from "../../mask/types.js";
import { type Raster, type RgbRaster, toRgb8 } from "../../raster.js";
import { regionOf } from "../region.js";

/** Radii of the two rounds, in parts of the larger one. */
const SECOND_ROUND = 1 / 15;

/**
 * The object's own colours: the background's share is taken out of the colour of half covered pixels, for cut-outs that stand
 * on any ground. Blur-fusion foreground estimation, two rounds (Forte: Approximate Fast Foreground Colour Estimation, ICIP
 * 2021): each round blurs what is known of both sides into the rim, then corrects by what the picture shows.
 * @param raster the whole document, one for one.
 * @param radius of the first round in document pixels; about the width of the soft rim.
 * @returns colours in the bounds; those of fully covered pixels are the picture's.
 * @throws MasksmithError `input` if the mask is empty or reaches outside the raster.
 */
export function decontaminate(raster: Raster, soft: SoftMask, radius = 90): RgbRaster {
  const { x, y, width, height } = soft;
  if (!(radius > 0)) throw invalid("radius", "a positive number", radius);
  const picture = toRgb8(regionOf(raster, { x0: x, y0: y, x1: x + width, y1: y + height }));
  const out = picture.data.slice();
  for (let channel = 0; channel < 3; channel++) {
    const image = plane(picture, channel);
    const first = fuse(image, image, image, soft, Math.ceil(radius));
    const { foreground } = fuse(image, first.foreground, first.background, soft, Math.ceil(radius * SECOND_ROUND));
    for (let i = 0; i < foreground.length; i++)
      if (soft.data[i] < 255) out[i * 3 + channel] = Math.max(0, Math.min(255, foreground[i] + 0.5));
  }
  return { width, height, data: out };
}

function plane({ data }: RgbRaster, channel: number): Float32Array {
  const values = new Float32Array(data.length / 3);
  for (let i = 0; i < values.length; i++) values[i] = data[i * 3 + channel];
  return values;
}

/** One round, one channel: F = mean of F by alpha, B = mean of B by 1 - alpha, F += alpha (I - alpha F - (1 - alpha) B). */
function fuse(
  image: Float32Array,
  foreground: Float32Array,
  background: Float32Array,
  { width, height, data }: SoftMask,
  radius: number,
): { foreground: Float32Array; background: Float32Array } {
  const alphas = new Float64Array(image.length);
  const inner = new Float64Array(image.length);
  const outer = new Float64Array(image.length);
  const ones = new Float64Array(image.length);
  for (let i = 0; i < image.length; i++) {
    const alpha = data[i] / 255;
    alphas[i] = alpha;
    ones[i] = 1 - alpha;
    inner[i] = foreground[i] * alpha;
    outer[i] = background[i] * (1 - alpha);
  }
  for (const sums of [alphas, ones, inner, outer]) sumAround(sums, width, height, radius);
  const result = { foreground: new Float32Array(image.length), background: new Float32Array(image.length) };
  for (let i = 0; i < image.length; i++) {
    const alpha = data[i] / 255;
    const f = alphas[i] > 0 ? inner[i] / alphas[i] : image[i];
    const b = ones[i] > 0 ? outer[i] / ones[i] : image[i];
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
