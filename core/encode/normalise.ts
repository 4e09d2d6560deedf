import { invalid } from "../errors.js";
import type { RgbRaster } from "../raster.js";

/**
 * Turns the resized picture into the encoder's input: float32 [3, size, size] (CHW), (value - mean) / std per channel in
 * single precision, then `pad` to the right and below (Segment Anything, `Sam.preprocess`).
 * @param mean per channel, in 0..255
 * @param std per channel, in 0..255
 * @throws MasksmithError `input` if the picture is larger than the square.
 */
export function normaliseAndPad(
  { width, height, data }: RgbRaster,
  size: number,
  mean: readonly number[],
  std: readonly number[],
  pad: number,
): Float32Array {
  if (width > size || height > size) throw invalid("resized picture", `at most ${size}x${size}`, `${width}x${height}`);
  const out = new Float32Array(3 * size * size);
  if (pad !== 0) out.fill(pad);
  for (let channel = 0; channel < 3; channel++) {
    const values = normalisedLevels(mean[channel], std[channel]);
    for (let y = 0; y < height; y++) {
      const row = (channel * size + y) * size;
      for (let x = 0, i = y * width * 3 + channel; x < width; x++, i += 3) out[row + x] = values[data[i]];
    }
  }
  return out;
}

function normalisedLevels(mean: number, std: number): Float32Array {
  const m = Math.fround(mean);
  const s = Math.fround(std);
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(value - m) / s);
}
