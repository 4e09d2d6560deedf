import { cleanUp, decontaminate, encodeRle, type Raster, rleToSoft, type SoftMask, softToRle } from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestCovered } from "../../../core/refine/cleanup/shift.js";
import { noise } from "../../support/bytes.js";
import { anyBits, drawn, rleOf } from "../../support/masks.js";

const document = { width: 200, height: 160 };

/** Antialiased disc in the 200x160 document. */
function disc(radius: number, cx = 100, cy = 80): SoftMask {
  const data = new Uint8Array(200 * 160);
  for (let i = 0; i < data.length; i++) {
    const distance = radius - Math.hypot((i % 200) - cx, Math.floor(i / 200) - cy);
    data[i] = Math.max(0, Math.min(255, (distance + 0.5) * 255));
  }
  return { x: 0, y: 0, width: 200, height: 160, data };
}

const sum = ({ data }: SoftMask) => data.reduce((total, value) => total + value, 0) / 255;
const at = ({ x, y, width, height, data }: SoftMask, px: number, py: number) =>
  px >= x && py >= y && px < x + width && py < y + height ? data[(py - y) * width + px - x] : 0;
const unionOf = (a: SoftMask, b: SoftMask): SoftMask => ({ ...a, data: a.data.map((v, i) => Math.max(v, b.data[i])) });

describe("cleanUp", () => {
  test("changes nothing when nothing is asked for, but trims empty rims", () => {
    const clean = cleanUp(disc(30), {}, document);
    expect(sum(clean)).toBeCloseTo(sum(disc(30)), 6);
    expect(clean.width).toBeLessThanOrEqual(62);
  });

  test("drops an island with its soft rim and keeps the rest untouched", () => {
    const clean = cleanUp(unionOf(disc(30), disc(4, 150, 80)), { islands: 100 }, document);
    expect(sum(clean)).toBeCloseTo(sum(disc(30)), 6);
  });

  test("fills a hole with its soft rim, but not one of more pixels", () => {
    const hole = disc(5).data;
    const pierced = { ...disc(30), data: disc(30).data.map((v, i) => Math.max(0, v - hole[i])) };
    expect(sum(cleanUp(pierced, { holes: 200 }, document))).toBeCloseTo(sum(disc(30)), 6);
    expect(sum(cleanUp(pierced, { holes: 20 }, document))).toBeCloseTo(sum(pierced), 6);
  });

  test.each([10, 3.5, -3.5, -10])("shifts the edge by %s pixels and keeps it as soft", (shift) => {
    const clean = cleanUp(disc(40), { shift }, document);
    const expected = disc(40 + shift);
    let worst = 0;
    for (let i = 0; i < expected.data.length; i++)
      worst = Math.max(worst, Math.abs(at(clean, i % 200, Math.floor(i / 200)) - expected.data[i]));
    expect(Math.abs(sum(clean) - sum(expected)) / sum(expected)).toBeLessThan(0.02);
    expect(worst).toBeLessThan(160);
  });

  test("does not move the edge that lies on the document's border", () => {
    const half = rleToSoft(
      encodeRle(
        Uint8Array.from({ length: 32000 }, (_, i) => (i % 200 < 90 ? 1 : 0)),
        200,
        160,
      ),
    );
    const clean = cleanUp(half, { shift: -10 }, document);
    expect([clean.x, clean.y, clean.width, clean.height]).toEqual([0, 0, 80, 160]);
  });

  test("feathers without changing the area", () => {
    const clean = cleanUp(disc(40), { feather: 5 }, document);
    expect(Math.abs(sum(clean) - sum(disc(40))) / sum(disc(40))).toBeLessThan(0.01);
    // One standard deviation outside, a blurred straight edge has 16 % left.
    expect(at(clean, 145, 80) / 255).toBeCloseTo(0.159, 1);
  });

  test("smooths a jagged edge towards the smooth one", () => {
    const grain = noise(32000, 9);
    const jagged = {
      ...disc(40),
      data: disc(40).data.map((_, i) => {
        const distance = Math.hypot((i % 200) - 100, Math.floor(i / 200) - 80);
        return distance < 38 + (grain[i] % 5) ? 255 : 0;
      }),
    };
    const wrong = (mask: SoftMask) =>
      disc(40).data.reduce((n, v, i) => n + Math.abs(v - at(mask, i % 200, Math.floor(i / 200))), 0);
    expect(wrong(cleanUp(jagged, { smooth: 5 }, document))).toBeLessThan(0.5 * wrong(jagged));
  });

  test("hardens a soft edge by contrast, up to almost binary", () => {
    const soft = cleanUp(disc(40), { feather: 6 }, document);
    const fractional = (contrast: number) =>
      cleanUp(soft, { contrast }, document).data.filter((v) => v > 0 && v < 255).length;
    expect(fractional(50)).toBeLessThan(0.8 * fractional(0));
    expect(fractional(100)).toBeLessThan(0.05 * fractional(0));
  });

  test("gives nothing for nothing", () => {
    const empty = { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };
    const settings = { islands: 9, holes: 9, smooth: 3, shift: 4, feather: 2, contrast: 20 };
    expect(cleanUp(empty, settings, document)).toEqual(empty);
  });

  test.each([{ islands: -1 }, { smooth: -2 }, { shift: 5000 }, { feather: Number.NaN }, { contrast: 101 }])(
    "refuses %o",
    (settings) => {
      expect(() => cleanUp(disc(10), settings, document)).toThrow(/must be/);
    },
  );
});

describe("soft masks", () => {
  test("turn into the binary mask that they came from", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(softToRle(rleToSoft(rleOf(bits)), bits)).toEqual(rleOf(bits));
      }),
    );
  });

  test("lie where their bounds say", () => {
    const soft = { x: 1, y: 2, width: 2, height: 1, data: Uint8Array.of(128, 127) };
    expect(softToRle(soft, { width: 4, height: 3 })).toEqual(drawn("....", "....", ".#.."));
  });
});

describe("nearestCovered", () => {
  test("finds a pixel at the least distance", () => {
    fc.assert(
      fc.property(anyBits, ({ width, height, bytes }) => {
        const nearest = nearestCovered(
          bytes.map((v) => v * 255),
          width,
          height,
        );
        const distance = (a: number, b: number) =>
          Math.hypot((a % width) - (b % width), Math.floor(a / width) - Math.floor(b / width));
        nearest.forEach((found, i) => {
          const all = [...bytes.keys()].filter((k) => bytes[k]).map((k) => distance(i, k));
          if (all.length === 0) expect(found).toBe(-1);
          else expect(distance(i, found)).toBeCloseTo(Math.min(...all), 9);
        });
      }),
    );
  });
});

describe("decontaminate", () => {
  test("takes the background's colour out of the rim", () => {
    const soft = cleanUp(disc(40), { feather: 4 }, document);
    const data = new Uint8Array(200 * 160 * 3);
    for (let i = 0; i < 32000; i++) {
      const alpha = at(soft, i % 200, Math.floor(i / 200)) / 255;
      data.set([220 * alpha, 40 * alpha + 200 * (1 - alpha), 30], i * 3);
    }
    const raster: Raster = { width: 200, height: 160, channels: 3, data };
    const own = decontaminate(raster, soft, 20);
    const error = (red: (i: number) => number) => {
      const rim = [...soft.data.keys()].filter((i) => soft.data[i] >= 64 && soft.data[i] < 255);
      return rim.reduce((total, i) => total + Math.abs(red(i) - 220), 0) / rim.length;
    };
    const before = error((i) => data[((soft.y + Math.floor(i / soft.width)) * 200 + soft.x + (i % soft.width)) * 3]);
    expect(before).toBeGreaterThan(60);
    expect(error((i) => own.data[i * 3])).toBeLessThan(before / 3);
  });

  test("is blur-fusion to the letter, also where an object is worked on in parts", () => {
    const [width, height, radius] = [1100, 560, 15];
    const soft: SoftMask = { x: 0, y: 0, width, height, data: new Uint8Array(width * height) };
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < soft.data.length; i++) {
      // A slanting edge that crosses all parts, rough enough that no window is like another.
      soft.data[i] = Math.max(
        0,
        Math.min(255, ((i % width) - 2 * Math.floor(i / width)) * 6 + 40 + 30 * Math.sin(i / 7)),
      );
      for (let c = 0; c < 3; c++) data[i * 3 + c] = (i * (c + 3) * 31 + Math.floor(i / 911) * 17) % 256;
    }
    const own = decontaminate({ width, height, channels: 3, data }, soft, radius);
    const rim = [...soft.data.keys()].filter((i) => soft.data[i] > 0 && soft.data[i] < 255);
    const near = rim.filter((i) => [511, 512].includes(i % width) || [511, 512].includes(Math.floor(i / width)));
    expect(near.length).toBeGreaterThan(20);
    for (const i of [...near, ...rim.filter((_, k) => k % 997 === 0)])
      expect(Math.abs(own.data[i * 3 + 1] - blurFusion(data, soft, i, 1, radius))).toBeLessThanOrEqual(1);
  });
});

/** The method as its paper writes it, for one channel of one pixel: two rounds of plain sums over square windows. */
function blurFusion(data: Uint8Array, soft: SoftMask, pixel: number, channel: number, radius: number): number {
  type Sides = { f: number; b: number };
  const alphaOf = (i: number) => soft.data[i] / 255;
  const imageOf = (i: number) => data[i * 3 + channel];
  const round = (i: number, reach: number, of: (k: number) => Sides): Sides => {
    const [x, y] = [i % soft.width, Math.floor(i / soft.width)];
    let [f, b, inside, outside] = [0, 0, 0, 0];
    for (let v = Math.max(0, y - reach); v <= Math.min(soft.height - 1, y + reach); v++) {
      for (let u = Math.max(0, x - reach); u <= Math.min(soft.width - 1, x + reach); u++) {
        const k = v * soft.width + u;
        const alpha = alphaOf(k);
        const sides = of(k);
        f += alpha * sides.f;
        b += (1 - alpha) * sides.b;
        inside += alpha;
        outside += 1 - alpha;
      }
    }
    const [meanF, meanB] = [inside > 0 ? f / inside : imageOf(i), outside > 0 ? b / outside : imageOf(i)];
    const alpha = alphaOf(i);
    const fused = meanF + alpha * (imageOf(i) - alpha * meanF - (1 - alpha) * meanB);
    return { f: Math.max(0, Math.min(255, fused)), b: meanB };
  };
  const first = (i: number) => round(i, radius, (k) => ({ f: imageOf(k), b: imageOf(k) }));
  return round(pixel, Math.ceil(radius / 15), first).f;
}
