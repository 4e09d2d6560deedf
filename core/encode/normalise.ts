import { invalid } from "../errors.js";
import type { Manifest } from "../model/manifest.js";
import type { RgbRaster } from "../types.js";

/** The encoder's input: values in the manifest's layout, still float32 whatever type the graph takes. */
export interface InputPixels {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** The resized picture as the model's encoder takes it: channel order, normalisation, padding and layout by the manifest. */
export function inputPixels(content: RgbRaster, input: Manifest["input"]): InputPixels {
  const { layout = "NCHW", channels, normalise, mean, std, pad_value, free, size } = input;
  const turned = channels === "BGR" ? reversed(content) : content;
  const by = normalise === "caller" ? { mean, std } : { mean: [0, 0, 0], std: [1, 1, 1] };
  if (layout === "NCHW" && !free) {
    return { data: normaliseAndPad(turned, size, by.mean, by.std, pad_value), shape: [1, 3, size, size] };
  }
  const { width, height } = free ? content : { width: size, height: size };
  const data = interleaved(turned, width, height, by.mean, by.std, pad_value);
  if (layout === "NCHW") return { data: planesOf(data, width * height), shape: [1, 3, height, width] };
  return { data, shape: layout === "HWC" ? [height, width, 3] : [1, height, width, 3] };
}

/** [height, width, 3], normalised, padded to the right and below. */
function interleaved(
  { width, height, data }: RgbRaster,
  outWidth: number,
  outHeight: number,
  mean: readonly number[],
  std: readonly number[],
  pad: number,
): Float32Array {
  const levels = [0, 1, 2].map((channel) => normalisedLevels(mean[channel], std[channel]));
  const out = new Float32Array(outWidth * outHeight * 3);
  if (pad !== 0) out.fill(pad);
  for (let y = 0, i = 0; y < height; y++) {
    for (let o = y * outWidth * 3, end = o + width * 3; o < end; o += 3, i += 3) {
      for (let channel = 0; channel < 3; channel++) out[o + channel] = levels[channel][data[i + channel]];
    }
  }
  return out;
}

function planesOf(interleaved: Float32Array, plane: number): Float32Array {
  const out = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < 3; channel++) out[channel * plane + i] = interleaved[3 * i + channel];
  }
  return out;
}

function reversed({ width, height, data }: RgbRaster): RgbRaster {
  const turned = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    turned[i] = data[i + 2];
    turned[i + 1] = data[i + 1];
    turned[i + 2] = data[i];
  }
  return { width, height, data: turned };
}

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
