import { invalid, kindOf } from "./errors.js";
import type { Box, Raster, RgbRaster } from "./types.js";

const DEFAULT_MAX: Readonly<Record<string, number>> = {
  Uint8Array: 255,
  Uint8ClampedArray: 255,
  Uint16Array: 65535,
  Float32Array: 1,
};

/**
 * Checks a raster from outside before anything reads it.
 * @throws MasksmithError `input` that names the field, what it must be and what it was.
 */
export function validateRaster(raster: Raster): void {
  if (typeof raster !== "object" || raster === null)
    throw invalid("raster", "an object with width, height, channels and data", raster);
  const { width, height, channels, data, maxValue, transfer } = raster;
  if (!Number.isInteger(width) || width < 1) throw invalid("raster width", "a positive integer", width);
  if (!Number.isInteger(height) || height < 1) throw invalid("raster height", "a positive integer", height);
  if (![1, 2, 3, 4].includes(channels)) throw invalid("raster channels", "1, 2, 3 or 4", channels);
  if (!Object.hasOwn(DEFAULT_MAX, kindOf(data)))
    throw invalid("raster data", "a Uint8Array, Uint8ClampedArray, Uint16Array or Float32Array", kindOf(data));
  const length = width * height * channels;
  if (data.length !== length)
    throw invalid("raster data", `width * height * channels = ${length} values long`, data.length);
  if (maxValue !== undefined && !(Number.isFinite(maxValue) && maxValue > 0))
    throw invalid("raster maxValue", "a positive number", maxValue);
  if (transfer !== undefined && transfer !== "srgb" && transfer !== "linear")
    throw invalid("raster transfer", '"srgb" or "linear"', transfer);
  if (maxValue === undefined && kindOf(data) === "Float32Array") checkFloats(data as Float32Array);
}

/** Samples that are looked at for their range. */
const LOOKS = 1024;
/** Light brighter than white is clipped, but is not most of a picture. */
const BRIGHT = 2;

/** @throws MasksmithError `input` for floats that are bytes' values, which would be a white picture. */
function checkFloats(data: Float32Array): void {
  const step = Math.max(1, Math.floor(data.length / LOOKS));
  let looks = 0;
  let bright = 0;
  let most = 0;
  for (let i = 0; i < data.length; i += step, looks++) {
    if (data[i] > BRIGHT) bright++;
    most = Math.max(most, data[i]);
  }
  if (2 * bright > looks) throw invalid("raster data", "0..1 as floats, or 0..maxValue with maxValue", `up to ${most}`);
}

/**
 * Flattens any raster to 8-bit sRGB. Grey becomes R = G = B; transparent pixels are composed on white, in the raster's
 * own encoding, so that hidden colour never shows; values are clipped to 0..maxValue, NaN counts as 0; `linear` values
 * get the sRGB curve (IEC 61966-2-1). Rounds to nearest. An opaque 8-bit RGB raster comes back on the same memory.
 * @throws MasksmithError `input` as `validateRaster`.
 */
export function toRgb8(raster: Raster): RgbRaster {
  validateRaster(raster);
  const { width, height, channels, data } = raster;
  const maxValue = raster.maxValue ?? DEFAULT_MAX[kindOf(data)];
  const plain = maxValue === 255 && raster.transfer !== "linear" && data.BYTES_PER_ELEMENT === 1;
  if (plain && channels === 3)
    return { width, height, data: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.length) };
  const out = new Uint8Array(width * height * 3);
  if (channels === 2 || channels === 4) {
    if (plain) flattenAlpha8(data as Uint8Array, channels, out);
    else flattenAlpha(data, channels, maxValue, raster.transfer === "linear", out);
  } else flattenOpaque(data, channels, maxValue, raster.transfer === "linear", out);
  return { width, height, data: out };
}

/**
 * The part of a raster inside `box` (integer edges, within the raster), as a copy.
 * @throws MasksmithError `input` if the box is empty, not on whole pixels or reaches outside.
 */
export function cropRaster(raster: Raster, box: Box<"image">): Raster {
  validateRaster(raster);
  const { x0, y0, x1, y1 } = box;
  const whole = [x0, y0, x1, y1].every(Number.isInteger);
  if (!whole || x0 < 0 || y0 < 0 || x1 > raster.width || y1 > raster.height || x0 >= x1 || y0 >= y1)
    throw invalid("crop box", `whole pixels inside ${raster.width}x${raster.height}`, [x0, y0, x1, y1]);
  const width = x1 - x0;
  const height = y1 - y0;
  const rowLength = width * raster.channels;
  const data = samplesLike(raster.data, rowLength * height);
  for (let y = 0; y < height; y++) {
    const from = ((y0 + y) * raster.width + x0) * raster.channels;
    data.set(raster.data.subarray(from, from + rowLength) as Uint8Array, y * rowLength);
  }
  return { ...raster, width, height, data };
}

/** An array of the same element type. Not by its constructor, which in Node may be `Buffer`, whose use as one is deprecated. */
function samplesLike(data: Raster["data"], length: number): Uint8Array {
  const types = { Uint8Array, Uint8ClampedArray, Uint16Array, Float32Array };
  return new (types[kindOf(data) as keyof typeof types] as Uint8ArrayConstructor)(length);
}

function flattenAlpha8(data: Uint8Array, channels: 2 | 4, out: Uint8Array): void {
  const g = channels === 4 ? 1 : 0;
  const b = channels === 4 ? 2 : 0;
  for (let i = 0, o = 0; o < out.length; i += channels, o += 3) {
    const alpha = data[i + channels - 1];
    const white = 255 * (255 - alpha) + 128;
    out[o] = divideBy255(data[i] * alpha + white);
    out[o + 1] = divideBy255(data[i + g] * alpha + white);
    out[o + 2] = divideBy255(data[i + b] * alpha + white);
  }
}

/** round(product / 255), given product + 128, for products of two bytes. */
function divideBy255(productPlus128: number): number {
  return (productPlus128 + (productPlus128 >> 8)) >> 8;
}

function flattenAlpha(data: Raster["data"], channels: 2 | 4, maxValue: number, linear: boolean, out: Uint8Array): void {
  const g = channels === 4 ? 1 : 0;
  const b = channels === 4 ? 2 : 0;
  const quantise = quantiser(linear);
  for (let i = 0, o = 0; o < out.length; i += channels, o += 3) {
    const alpha = unit(data[i + channels - 1] / maxValue);
    const white = 1 - alpha;
    out[o] = quantise(unit(data[i] / maxValue) * alpha + white);
    out[o + 1] = quantise(unit(data[i + g] / maxValue) * alpha + white);
    out[o + 2] = quantise(unit(data[i + b] / maxValue) * alpha + white);
  }
}

function flattenOpaque(data: Raster["data"], channels: 1 | 3, max: number, linear: boolean, out: Uint8Array): void {
  const exact = quantiser(linear);
  const levels = data.BYTES_PER_ELEMENT < 4 ? 256 ** data.BYTES_PER_ELEMENT : 0;
  const table = Uint8Array.from({ length: levels }, (_, value) => exact(unit(value / max)));
  const step = channels === 3 ? 1 : 3;
  for (let i = 0, o = 0; o < out.length; i++, o += step)
    out[o] = levels > 0 ? table[data[i]] : exact(unit(data[i] / max));
  if (channels === 1) for (let o = 0; o < out.length; o += 3) out[o + 1] = out[o + 2] = out[o];
}

/** Clips to 0..1; NaN becomes 0. */
function unit(value: number): number {
  return value > 0 ? Math.min(value, 1) : 0;
}

function quantiser(linear: boolean): (value: number) => number {
  return linear ? linearQuantiser() : (value) => (value * 255 + 0.5) | 0;
}

/**
 * Linear light 0..1 to an sRGB byte without a power per sample: a coarse table gives the byte at the bin's lower end, and
 * the exact decision levels between bytes, of which a bin holds two at most, the rest.
 */
function linearQuantiser(): (value: number) => number {
  const bins = 4096;
  const levels = Float64Array.from({ length: 257 }, (_, byte) => (byte < 256 ? decodeSrgb((byte - 0.5) / 255) : 2));
  const first = new Uint8Array(bins + 1);
  for (let bin = 0, byte = 0; bin <= bins; bin++) {
    while (levels[byte + 1] <= bin / bins) byte++;
    first[bin] = byte;
  }
  return (value) => {
    let byte = first[(value * bins) | 0];
    while (levels[byte + 1] <= value) byte++;
    return byte;
  };
}

function decodeSrgb(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}
