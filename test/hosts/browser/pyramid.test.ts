import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PictureSource, Pyramid } from "../../../panel/viewport/pyramid.js";
import { noise } from "./states.js";

/** A picture in memory that counts the pixels read from test. */
function pictureOf(
  width: number,
  height: number,
  pixels: Uint8ClampedArray,
): PictureSource & { read: PictureSource["read"]; count: number } {
  return {
    width,
    height,
    count: 0,
    read(region, out) {
      this.count += region.width * region.height;
      for (let y = 0; y < region.height; y++) {
        const start = ((region.y + y) * width + region.x) * 4;
        out.set(pixels.subarray(start, start + region.width * 4), y * region.width * 4);
      }
    },
  };
}

/** Reference: each output pixel integrates the source over its rectangle, colour weighted by alpha, in floats. */
function areaAverage(
  pixels: Uint8ClampedArray,
  sourceWidth: number,
  region: Region,
  width: number,
  height: number,
): Float64Array {
  const out = new Float64Array(width * height * 4);
  const stepX = region.width / width;
  const stepY = region.height / height;
  for (let oy = 0; oy < height; oy++) {
    for (let ox = 0; ox < width; ox++) {
      const x0 = region.x + ox * stepX;
      const y0 = region.y + oy * stepY;
      const sums = [0, 0, 0, 0];
      for (let y = Math.floor(y0); y < y0 + stepY - 1e-9; y++) {
        for (let x = Math.floor(x0); x < x0 + stepX - 1e-9; x++) {
          const across = Math.min(x + 1, x0 + stepX) - Math.max(x, x0);
          const down = Math.min(y + 1, y0 + stepY) - Math.max(y, y0);
          const at = (y * sourceWidth + x) * 4;
          const alpha = across * down * pixels[at + 3];
          for (let c = 0; c < 3; c++) sums[c] += pixels[at + c] * alpha;
          sums[3] += alpha;
        }
      }
      const o = (oy * width + ox) * 4;
      for (let c = 0; c < 3; c++) out[o + c] = sums[3] > 0 ? sums[c] / sums[3] : 0;
      out[o + 3] = sums[3] / (stepX * stepY);
    }
  }
  return out;
}

interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const WIDTH = 701;
const HEIGHT = 533;
const box = fc
  .record({ x: fc.nat(690), y: fc.nat(520), w: fc.integer({ min: 1, max: 701 }), h: fc.integer({ min: 1, max: 533 }) })
  .map(({ x, y, w, h }) => ({ x, y, width: Math.min(w, WIDTH - x), height: Math.min(h, HEIGHT - y) }));

/** Waves of a dozen pixels and more, as in a photograph. */
function smooth(): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4);
  for (let y = 0, o = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, o += 4) {
      pixels.set(
        [128 + 100 * Math.sin(x / 9), 128 + 100 * Math.cos(y / 11), 128 + 90 * Math.sin((x + y) / 17), 255],
        o,
      );
    }
  }
  return pixels;
}

async function worst(pyramid: Pyramid, pixels: Uint8ClampedArray, region: Region, side: number): Promise<number> {
  const read = await pyramid.read(region, side);
  expect(Math.max(read.width, read.height)).toBe(Math.min(side, Math.max(region.width, region.height)));
  const expected = areaAverage(pixels, WIDTH, region, read.width, read.height);
  return expected.reduce((most, value, i) => Math.max(most, Math.abs(read.data[i] - value)), 0);
}

describe("Pyramid.read", () => {
  test("is the area average of the region, to rounding, as long as no level comes in", async () => {
    const pixels = noise(WIDTH, HEIGHT, 11, true);
    const pyramid = new Pyramid(pictureOf(WIDTH, HEIGHT, pixels));
    await fc.assert(
      fc.asyncProperty(box, fc.double({ min: 0.51, max: 1, noNaN: true }), async (region, share) => {
        const side = Math.max(Math.round(Math.max(region.width, region.height) * share), 1);
        expect(await worst(pyramid, pixels, region, side)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 25 },
    );
  });

  test("stays close to the area average where it reads from a level", async () => {
    const pixels = smooth();
    const pyramid = new Pyramid(pictureOf(WIDTH, HEIGHT, pixels));
    await fc.assert(
      fc.asyncProperty(box, fc.integer({ min: 20, max: 400 }), async (region, side) => {
        expect(await worst(pyramid, pixels, region, side)).toBeLessThanOrEqual(4);
      }),
      { numRuns: 40 },
    );
  });

  test("weights colour by alpha: what is transparent does not tint what is not", async () => {
    const pixels = new Uint8ClampedArray(8 * 8 * 4);
    for (let i = 0; i < 64; i++) pixels.set(i % 2 === 0 ? [200, 10, 30, 255] : [0, 255, 255, 0], i * 4);
    const read = await new Pyramid(pictureOf(8, 8, pixels)).read({ x: 0, y: 0, width: 8, height: 8 }, 4);
    expect([...read.data.subarray(0, 4)]).toEqual([200, 10, 30, 128]);
  });

  test("reads the picture once, however often it is reduced", async () => {
    const picture = pictureOf(1500, 1100, noise(1500, 1100, 3, true));
    const pyramid = new Pyramid(picture);
    const whole = { x: 0, y: 0, width: 1500, height: 1100 };
    await pyramid.read(whole, 256);
    expect(picture.count).toBe(1500 * 1100);
    await pyramid.read(whole, 100);
    await pyramid.read(whole, 700);
    expect(picture.count).toBe(1500 * 1100);
  });

  test("after a change makes only what it touched again, and shows it", async () => {
    const pixels = noise(1500, 1100, 3, true);
    const picture = pictureOf(1500, 1100, pixels);
    const pyramid = new Pyramid(picture);
    const whole = { x: 0, y: 0, width: 1500, height: 1100 };
    await pyramid.read(whole, 128);
    picture.count = 0;
    const changed = { x: 700, y: 300, width: 10, height: 10 };
    for (let y = 300; y < 310; y++) pixels.fill(0, (y * 1500 + 700) * 4, (y * 1500 + 710) * 4);
    pyramid.invalidate(changed);
    const read = await pyramid.read(whole, 128);
    expect(picture.count).toBeLessThanOrEqual(512 * 512);
    const fresh = await new Pyramid(pictureOf(1500, 1100, pixels)).read(whole, 128);
    expect(read.data).toEqual(fresh.data);
  });

  test("stops when asked to", async () => {
    const pyramid = new Pyramid(pictureOf(3000, 2000, noise(3000, 2000, 3, true)));
    const stop = new AbortController();
    const reading = pyramid.read({ x: 0, y: 0, width: 3000, height: 2000 }, 256, stop.signal);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ kind: "aborted" });
  });
});
