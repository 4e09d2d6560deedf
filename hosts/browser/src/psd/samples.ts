import type { PixelData } from "ag-psd";

/** Samples of any depth as bytes; 8-bit ones are not copied. 16 bits run to 65535, floats to 1. */
export function toBytes8({ data }: PixelData): Uint8ClampedArray<ArrayBuffer> {
  if (data instanceof Uint8ClampedArray) return data as Uint8ClampedArray<ArrayBuffer>;
  if (data instanceof Uint8Array) {
    return new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length);
  }
  const scale = data instanceof Uint16Array ? 255 / 65535 : 255;
  const bytes = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = data[i] * scale;
  return bytes;
}
