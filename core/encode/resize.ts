import { invalid } from "../errors.js";
import type { RgbRaster } from "../types.js";

/**
 * The size a picture is resized to before padding: the long side becomes `longSide`, the other keeps the aspect, rounded
 * half up, at least 1. Segment Anything, `ResizeLongestSide.get_preprocess_shape` (utils/transforms.py).
 */
export function resizedSize(width: number, height: number, longSide: number): { width: number; height: number } {
  const scale = longSide / Math.max(width, height);
  return {
    width: Math.max(1, Math.floor(width * scale + 0.5)),
    height: Math.max(1, Math.floor(height * scale + 0.5)),
  };
}

/** Pillow keeps 8 bits for the value and 2 for overflow of a 32-bit sum; the rest holds the coefficients' fraction. */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

/**
 * Resizes 8-bit RGB with antialiased bilinear (triangle) filtering, bit for bit as Pillow's `Image.resize(size, BILINEAR)`:
 * two passes, horizontal then vertical, in fixed point, each rounded to 8 bits; a pass that changes nothing is left out
 * (Pillow, src/libImaging/Resample.c; 12.3 alone turns the passes round for pictures over 100 times as high as wide). The
 * result may share memory with the input if the size is the same.
 * @throws MasksmithError `input` if a target side is not a positive integer.
 */
export function resizeRgb(source: RgbRaster, width: number, height: number): RgbRaster {
  if (!Number.isInteger(width) || width < 1) throw invalid("target width", "a positive integer", width);
  if (!Number.isInteger(height) || height < 1) throw invalid("target height", "a positive integer", height);
  const narrow = source.width === width ? source : resizeRows(source, width);
  return narrow.height === height ? narrow : resizeColumns(narrow, height);
}

/** For output i: the sum over `count[i]` inputs from `start[i]`, weights at `weights[i * taps]`, in fixed point. */
interface Kernel {
  readonly taps: number;
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly weights: Int32Array;
}

function triangleKernel(inputs: number, outputs: number): Kernel {
  const scale = inputs / outputs;
  const support = Math.max(scale, 1);
  const inverse = 1 / support;
  const taps = Math.ceil(support) * 2 + 1;
  const start = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weights = new Int32Array(outputs * taps);
  const exact = new Float64Array(taps);
  for (let i = 0; i < outputs; i++) {
    const center = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(center - support + 0.5));
    const n = Math.min(inputs, Math.trunc(center + support + 0.5)) - from;
    let sum = 0;
    for (let k = 0; k < n; k++) {
      exact[k] = Math.max(0, 1 - Math.abs((k + from - center + 0.5) * inverse));
      sum += exact[k];
    }
    start[i] = from;
    count[i] = n;
    for (let k = 0; k < n; k++) weights[i * taps + k] = Math.trunc(0.5 + (exact[k] / sum) * 2 ** PRECISION_BITS);
  }
  return { taps, start, count, weights };
}

function resizeRows({ width, height, data }: RgbRaster, outWidth: number): RgbRaster {
  const { taps, start, count, weights } = triangleKernel(width, outWidth);
  const out = new Uint8Array(outWidth * height * 3);
  for (let y = 0, o = 0; y < height; y++) {
    const row = y * width * 3;
    for (let x = 0; x < outWidth; x++, o += 3) {
      let i = row + start[x] * 3;
      const end = x * taps + count[x];
      let r = HALF;
      let g = HALF;
      let b = HALF;
      for (let k = x * taps; k < end; k++, i += 3) {
        const weight = weights[k];
        r += Math.imul(data[i], weight);
        g += Math.imul(data[i + 1], weight);
        b += Math.imul(data[i + 2], weight);
      }
      out[o] = clip8(r);
      out[o + 1] = clip8(g);
      out[o + 2] = clip8(b);
    }
  }
  return { width: outWidth, height, data: out };
}

function resizeColumns({ width, height, data }: RgbRaster, outHeight: number): RgbRaster {
  const { taps, start, count, weights } = triangleKernel(height, outHeight);
  const rowLength = width * 3;
  const out = new Uint8Array(rowLength * outHeight);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]; k++) {
      const weight = weights[y * taps + k];
      const row = (start[y] + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] += Math.imul(data[row + i], weight);
    }
    const o = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[o + i] = clip8(sums[i]);
  }
  return { width, height: outHeight, data: out };
}

/** Weights are never negative and sum to 1 but for rounding: only the upper end can be passed. */
function clip8(sum: number): number {
  return Math.min(sum >> PRECISION_BITS, 255);
}
