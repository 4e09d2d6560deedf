import {
  box,
  decodeRle,
  encodeRle,
  type Raster,
  type Rle,
  readerOf,
  refineEdges,
  refineEdgesInParts,
  rleIou,
  type SoftMask,
  softToRle,
} from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundaryDistance, findBand } from "../../../core/refine/matting/band.js";
import { boxSum } from "../../../core/refine/matting/boxSum.js";
import { makeWorkspace } from "../../../core/refine/matting/workspace.js";
import { noise } from "../../support/bytes.js";
import { LONG } from "../../support/long.js";
import { bitsOf } from "../../support/masks.js";

/** A picture of two textured colours mixed by alpha, the alpha, and a mask whose edge is `off` pixels away from alpha 1/2. */
function composed(width: number, height: number, radius: number, softness: number, off: number) {
  const alpha = new Float32Array(width * height);
  const bytes = new Uint8Array(width * height);
  const data = new Uint8Array(width * height * 3);
  const grain = noise(width * height * 3, 7);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const distance = radius - Math.hypot(x - width / 2, y - height / 2);
      alpha[i] = Math.max(0, Math.min(1, 0.5 + distance / softness));
      bytes[i] = distance > -off ? 1 : 0;
      for (const [channel, inside, outside] of [
        [0, 200, 60],
        [1, 170, 90],
        [2, 90, 60],
      ] as const) {
        const value = alpha[i] * inside + (1 - alpha[i]) * outside + (grain[i * 3 + channel] % 9) - 4;
        data[i * 3 + channel] = value;
      }
    }
  }
  const raster: Raster = { width, height, channels: 3, data };
  return { raster, alpha, mask: encodeRle(bytes, width, height) };
}

/** Mean absolute error where the truth is fractional or the mask is wrong. */
function errorOf(soft: SoftMask, alpha: Float32Array, width: number, near: (i: number) => boolean): number {
  let sum = 0;
  let count = 0;
  alpha.forEach((truth, i) => {
    if (!near(i)) return;
    const x = (i % width) - soft.x;
    const y = Math.floor(i / width) - soft.y;
    const inside = x >= 0 && y >= 0 && x < soft.width && y < soft.height;
    sum += Math.abs((inside ? soft.data[y * soft.width + x] / 255 : 0) - truth);
    count++;
  });
  return sum / count;
}

describe("refineEdges", () => {
  test.each([
    ["at document resolution", 200, 4, 6],
    ["reduced and brought back", 600, 14, 18],
  ])("finds the picture's soft edge though the mask's is elsewhere, %s", (_, side, off, softness) => {
    const { raster, alpha, mask } = composed(side, side, side / 4, softness, off);
    const soft = refineEdges(raster, mask, { mode: "natural", cell: off });
    const near = (i: number) =>
      Math.abs(Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2) - side / 4) < 2 * off;
    expect(errorOf(soft, alpha, side, near)).toBeLessThan(0.06);
    const unrefined = encodedAsSoft(mask, side);
    expect(errorOf(unrefined, alpha, side, near)).toBeGreaterThan(0.15);
  });

  test("leaves the mask alone where both sides look the same", () => {
    const { mask } = composed(128, 128, 40, 1, 0);
    const grey: Raster = { width: 128, height: 128, channels: 1, data: noise(128 * 128, 3) };
    const soft = refineEdges(grey, mask, { cell: 3 });
    expect(rleIou(softToRle(soft, grey), mask)).toBeGreaterThan(0.97);
  });

  test("gives the same for the part of the document around the mask as for all of it", () => {
    const { raster, mask } = composed(300, 200, 40, 6, 3);
    const region = box("document", 60, 20, 240, 180);
    const data = new Uint8Array(180 * 160 * 3);
    for (let y = 0; y < 160; y++) {
      const from = ((y + 20) * 300 + 60) * 3;
      data.set(raster.data.subarray(from, from + 540) as Uint8Array, y * 540);
    }
    const part: Raster = { width: 180, height: 160, channels: 3, data };
    expect(refineEdges(part, mask, { region, cell: 3 })).toEqual(refineEdges(raster, mask, { cell: 3 }));
  });

  test("hardens edges in crisp mode", () => {
    const { raster, mask } = composed(200, 200, 50, 8, 3);
    const fractional = (mode: "crisp" | "natural") =>
      refineEdges(raster, mask, { mode, cell: 3 }).data.filter((value) => value > 0 && value < 255).length;
    expect(fractional("crisp")).toBeLessThan(fractional("natural") / 2);
  });

  test("gives nothing for an empty mask and a full one for a full mask", () => {
    const { raster } = composed(90, 70, 20, 4, 0);
    const of = (value: number) => encodeRle(new Uint8Array(90 * 70).fill(value), 90, 70);
    expect(refineEdges(raster, of(0))).toMatchObject({ width: 0, height: 0 });
    const full = refineEdges(raster, of(1));
    expect([full.x, full.y, full.width, full.height]).toEqual([0, 0, 90, 70]);
    expect(full.data.every((value) => value === 255)).toBe(true);
  });

  test.each([
    ["a raster of another size", { cell: 3 }, 99],
    ["an unknown mode", { mode: "fluffy" as "hair" }, 200],
    ["a cell of nothing", { cell: 0 }, 200],
    ["a region outside", { region: box("document", 0, 0, 201, 200) }, 200],
  ])("refuses %s", (_, options, side) => {
    const { mask } = composed(200, 200, 50, 8, 3);
    const raster: Raster = { width: side, height: side, channels: 3, data: new Uint8Array(side * side * 3) };
    expect(() => refineEdges(raster, mask, options)).toThrow(/must be/);
  });
});

describe("refineEdgesInParts", () => {
  test.each([
    ["at document resolution", "natural", 480, 4, 6, 1.5],
    ["reduced and brought back", "natural", 900, 14, 18, 1.5],
    ["in crisp mode", "crisp", 900, 14, 18, 4],
    ["with hair", "hair", LONG ? 1500 : 1100, 14, 18, 1.5],
  ] as const)(
    "finds what the whole finds, %s, seeing only a part at a time",
    async (_, mode, side, off, softness, mean) => {
      const { raster, alpha, mask } = composed(side, side, side * 0.4, softness, off);
      const whole = refineEdges(raster, mask, { mode, cell: off });
      const seen: number[] = [];
      const read = readerOf(raster);
      const parts = await refineEdgesInParts(mask, { mode, cell: off, partPixels: (side / 2) ** 2 }, async (region) => {
        seen.push((region.x1 - region.x0) * (region.y1 - region.y0));
        return refineEdges((await read(region)) as Raster, mask, { mode, cell: off, region });
      });
      expect(seen.length).toBeGreaterThan(3);
      expect(Math.max(...seen)).toBeLessThan(0.6 * side * side);
      const [a, b] = [spread(whole, side), spread(parts, side)];
      const soft = [...a.keys()].filter((i) => (a[i] > 0 && a[i] < 255) || (b[i] > 0 && b[i] < 255));
      const differences = soft.map((i) => Math.abs(a[i] - b[i]));
      expect(differences.reduce((sum, d) => sum + d, 0) / soft.length).toBeLessThan(mean);
      expect(Math.max(...differences)).toBeLessThan(25);
      const near = (i: number) =>
        Math.abs(Math.hypot((i % side) - side / 2, Math.floor(i / side) - side / 2) - side * 0.4) < 2 * off;
      const [wholeError, error] = [errorOf(whole, alpha, side, near), errorOf(parts, alpha, side, near)];
      expect(error).toBeLessThan(wholeError + 0.005);
    },
    // Two megapixels of hair, twice: more than the ten seconds of a unit test on a busy machine.
    60_000,
  );

  test("asks for nothing away from the boundary, and for nothing at all where there is none", async () => {
    const side = 1200;
    const { mask } = composed(side, side, side * 0.45, 1, 0);
    const regions: { x0: number; y0: number; x1: number; y1: number }[] = [];
    const plain = await refineEdgesInParts(mask, { cell: 4, partPixels: 200 ** 2 }, async (region) => {
      regions.push(region);
      return cropped(mask, region);
    });
    expect(softToRle(plain, { width: side, height: side })).toEqual(mask);
    expect(regions.some(({ x0, y0, x1, y1 }) => x0 < 600 && x1 > 600 && y0 < 600 && y1 > 600)).toBe(false);
    const refuse = async () => Promise.reject(new Error("asked"));
    const of = (value: number) => encodeRle(new Uint8Array(90 * 70).fill(value), 90, 70);
    expect(await refineEdgesInParts(of(0), {}, refuse)).toMatchObject({ width: 0, height: 0 });
    expect((await refineEdgesInParts(of(1), {}, refuse)).data.every((value) => value === 255)).toBe(true);
  });
});

/** The coverage of a square document, all of test. */
function spread({ x, y, width, height, data }: SoftMask, side: number): Uint8Array {
  const all = new Uint8Array(side * side);
  for (let row = 0; row < height; row++) all.set(data.subarray(row * width, (row + 1) * width), (y + row) * side + x);
  return all;
}

/** A mask as it is, in a region. */
function cropped(mask: Rle, { x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number }): SoftMask {
  const data = decodeRle(mask, [x0, y0, x1 - x0, y1 - y0]).map((value) => value * 255);
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0, data };
}

function encodedAsSoft(mask: Rle, side: number): SoftMask {
  const data = new Uint8Array(side * side);
  let position = 0;
  mask.counts.forEach((count, run) => {
    for (let i = position; i < position + count; i++) if (run % 2) data[(i % side) * side + Math.floor(i / side)] = 255;
    position += count;
  });
  return { x: 0, y: 0, width: side, height: side, data };
}

describe("matting parts", () => {
  test("sums boxes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.nat(6), fc.nat(6), fc.nat(), (radius, extraX, extraY, seed) => {
        const width = 2 * radius + 1 + extraX;
        const height = 2 * radius + 1 + extraY;
        const source = Float64Array.from(noise(width * height, seed));
        const across = width - 2 * radius;
        const target = new Float64Array(across * (height - 2 * radius));
        boxSum(source, width, height, radius, target, new Float64Array(width));
        target.forEach((sum, i) => {
          let expected = 0;
          for (let v = 0; v <= 2 * radius; v++)
            for (let u = 0; u <= 2 * radius; u++)
              expected += source[(Math.floor(i / across) + v) * width + (i % across) + u];
          expect(sum).toBe(expected);
        });
      }),
    );
  });

  test("measures the distance to the boundary within 8 % and half a pixel", () => {
    const { bytes } = bitsOf(24, 18, 42, 20);
    const distance = boundaryDistance(Float32Array.from(bytes), 24, 18);
    distance.forEach((found, i) => {
      let nearest = Number.POSITIVE_INFINITY;
      bytes.forEach((value, k) => {
        if (value === bytes[i]) return;
        nearest = Math.min(nearest, Math.hypot((k % 24) - (i % 24), Math.floor(k / 24) - Math.floor(i / 24)));
      });
      expect(Math.abs(found - (nearest - 0.5))).toBeLessThanOrEqual(0.5 + 0.08 * nearest);
    });
  });

  test("keeps the core of a thin part, and of the gap in a thick one, out of the band", () => {
    const width = 120;
    const bytes = new Uint8Array(width * 60);
    for (let y = 20; y < 27; y++) bytes.fill(1, y * width + 10, y * width + 110);
    const raster: Raster = { width, height: 60, channels: 3, data: new Uint8Array(width * 180) };
    for (const flip of [0, 1]) {
      const mask = encodeRle(
        bytes.map((value) => value ^ flip),
        width,
        60,
      );
      const space = makeWorkspace(raster, box("document", 0, 0, width, 60), mask, 1, 60);
      const { unknown } = findBand(space, 10);
      for (let x = 20; x < 100; x++) expect(unknown[23 * width + x]).toBe(0);
      for (let x = 20; x < 100; x++) expect(unknown[20 * width + x]).toBe(1);
    }
  });
});
