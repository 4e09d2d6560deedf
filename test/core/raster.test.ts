import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../core/errors.js";
import { box } from "../../core/frames.js";
import { cropRaster, toRgb8, validateRaster } from "../../core/raster.js";
import type { Raster } from "../../core/types.js";
import { noise } from "../support/bytes.js";

function pixel(channels: Raster["channels"], data: Raster["data"], more: Partial<Raster> = {}): number[] {
  return [...toRgb8({ width: data.length / channels, height: 1, channels, data, ...more }).data];
}

/** sRGB byte of linear light, by IEC 61966-2-1. */
function encoded(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.round(255 * Math.max(0, Math.min(1, value)));
}

describe("toRgb8", () => {
  test("passes opaque 8-bit RGB on without copying", () => {
    const data = noise(12, 1);
    expect(toRgb8({ width: 2, height: 2, channels: 3, data }).data.buffer).toBe(data.buffer);
    const clamped = new Uint8ClampedArray(data);
    expect(toRgb8({ width: 2, height: 2, channels: 3, data: clamped }).data.buffer).toBe(clamped.buffer);
  });

  test("composes 8-bit alpha on white, rounded to nearest, for every colour and alpha", () => {
    const data = new Uint8Array(256 * 256 * 4);
    for (let i = 0; i < 65536; i++) data.set([i & 255, 255 - (i & 255), 0, i >> 8], i * 4);
    const out = pixel(4, data);
    const on = (c: number, alpha: number) => Math.floor((2 * (c * alpha + 255 * (255 - alpha)) + 255) / 510);
    const expected = Array.from({ length: 65536 }, (_, i) => [
      on(i & 255, i >> 8),
      on(255 - (i & 255), i >> 8),
      on(0, i >> 8),
    ]);
    expect(out).toEqual(expected.flat());
  });

  test("hidden colour of transparent pixels never shows", () => {
    expect(pixel(4, Uint8Array.of(9, 99, 199, 0))).toEqual([255, 255, 255]);
    expect(pixel(4, Uint16Array.of(9, 99, 199, 0))).toEqual([255, 255, 255]);
    expect(pixel(2, Float32Array.of(Number.NaN, 0))).toEqual([255, 255, 255]);
  });

  test("grey becomes equal channels, with and without alpha", () => {
    expect(pixel(1, Uint8Array.of(7, 250))).toEqual([7, 7, 7, 250, 250, 250]);
    expect(pixel(2, Uint8Array.of(0, 128, 40, 255))).toEqual([127, 127, 127, 40, 40, 40]);
  });

  test("16-bit values are scaled by their own maximum", () => {
    expect(pixel(3, Uint16Array.of(0, 32768, 65535))).toEqual([0, 128, 255]);
    expect(pixel(3, Uint16Array.of(0, 16384, 32768), { maxValue: 32768 })).toEqual([0, 128, 255]);
    expect(pixel(3, Uint16Array.of(40000, 1, 64), { maxValue: 32768 })).toEqual([255, 0, 0]);
    const bytes = [...Array(256).keys()];
    expect(
      pixel(
        1,
        Uint16Array.from(bytes, (value) => value * 257),
      ),
    ).toEqual(bytes.flatMap((value) => [value, value, value]));
  });

  test("floats are clipped and NaN is black", () => {
    const odd = Float32Array.of(-1, 0.5, 7, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    expect(pixel(3, odd)).toEqual([0, 128, 255, 0, 255, 0]);
    expect(pixel(4, Float32Array.of(1, 0, 0, Number.NaN))).toEqual([255, 255, 255]);
  });

  test("linear light gets the sRGB curve", () => {
    fc.assert(
      fc.property(fc.float({ min: 0, max: 1, noNaN: true }), (value) => {
        expect(pixel(1, Float32Array.of(value), { transfer: "linear" })[0]).toBe(encoded(Math.fround(value)));
      }),
      { numRuns: 2000 },
    );
    expect(pixel(3, Float32Array.of(0, 1, 2), { transfer: "linear" })).toEqual([0, 255, 255]);
    expect(pixel(3, Uint8Array.of(0, 55, 255), { transfer: "linear" })).toEqual([0, encoded(55 / 255), 255]);
    expect(pixel(4, Float32Array.of(0, 0, 0, 0.5), { transfer: "linear" })).toEqual(Array(3).fill(encoded(0.5)));
  });
});

describe("validateRaster", () => {
  const good: Raster = { width: 2, height: 1, channels: 3, data: new Uint8Array(6) };

  test("lets a sound raster pass, Node's buffers too", () => {
    expect(() => validateRaster({ ...good, data: Buffer.alloc(6) })).not.toThrow();
  });

  test.each([
    ["no width", { width: 0 }, /raster width/],
    ["half a pixel", { height: 0.5 }, /raster height/],
    ["five channels", { channels: 5 }, /raster channels/],
    ["too few values", { data: new Uint8Array(5) }, /= 6 values long, got 5/],
    ["numbers of another type", { data: new Int32Array(6) }, /Int32Array/],
    ["a plain array", { data: [0, 0, 0, 0, 0, 0] }, /raster data/],
    ["no data", { data: null }, /raster data/],
    ["a maximum of 0", { maxValue: 0 }, /maxValue/],
    ["an unknown transfer", { transfer: "gamma" }, /transfer/],
  ])("refuses %s", (_, change, message) => {
    const bad = { ...good, ...change } as unknown as Raster;
    expect(() => validateRaster(bad)).toThrow(MasksmithError);
    expect(() => toRgb8(bad)).toThrow(message);
  });
});

describe("cropRaster", () => {
  test("gives plain bytes of a Node buffer, without a warning of its own", () => {
    const { data } = cropRaster(
      { width: 2, height: 1, channels: 3, data: Buffer.from([1, 2, 3, 4, 5, 6]) },
      box("image", 1, 0, 2, 1),
    );
    expect(data).toEqual(new Uint8Array([4, 5, 6]));
    expect(data.constructor).toBe(Uint8Array);
  });

  test("takes the box's pixels and keeps what they mean", () => {
    const raster: Raster = { width: 3, height: 2, channels: 2, data: Uint16Array.from(Array(12).keys()), maxValue: 99 };
    const part = cropRaster(raster, box("image", 1, 0, 3, 2));
    expect(part).toEqual({ ...raster, width: 2, data: Uint16Array.of(2, 3, 4, 5, 8, 9, 10, 11) });
  });

  test.each([
    [0, 0, 4, 1],
    [-1, 0, 1, 1],
    [0, 0, 0.5, 1],
    [1, 1, 1, 2],
  ])("refuses a box %d,%d,%d,%d", (x0, y0, x1, y1) => {
    const raster: Raster = { width: 3, height: 2, channels: 1, data: new Uint8Array(6) };
    expect(() => cropRaster(raster, box("image", x0, y0, x1, y1))).toThrow(MasksmithError);
  });
});
