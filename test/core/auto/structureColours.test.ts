import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanColours, parentsOf, type Rgb, structureOf } from "../../../core/auto/structure/index.js";
import { neighboursOf } from "../../../core/auto/structure/neighbours.js";
import { readSa1b } from "../../../core/dataset/index.js";
import type { ObjectMask } from "../../../core/types.js";
import { fixture } from "../../support/bytes.js";
import { rectangle } from "../../support/objects.js";

type Lab = readonly [number, number, number];

const DEGREE = Math.PI / 180;

/** CIELAB under D65 (CIE 15), from sRGB bytes (IEC 61966-2-1). */
function labOf(rgb: Rgb): Lab {
  const [r, g, b] = rgb.map((byte) =>
    byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
  );
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : (24389 / 27 / 116) * t + 16 / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000 (Sharma, Wu, Dalal 2005, equations 2 to 22). */
function ciede2000([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number {
  const c7 = ((Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2) ** 7;
  const g = 0.5 * (1 - Math.sqrt(c7 / (c7 + 25 ** 7)));
  const [a1p, a2p] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(a1p, b1), Math.hypot(a2p, b2)];
  const hue = (a: number, b: number) => (a === 0 && b === 0 ? 0 : (Math.atan2(b, a) / DEGREE + 360) % 360);
  const [h1, h2] = [hue(a1p, b1), hue(a2p, b2)];
  const grey = c1 * c2 === 0;
  let dh = grey ? 0 : h2 - h1;
  if (dh > 180) dh -= 360;
  if (dh < -180) dh += 360;
  let h = grey ? h1 + h2 : (h1 + h2) / 2;
  if (!grey && Math.abs(h1 - h2) > 180) h += h1 + h2 < 360 ? 180 : -180;
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const cos = (angle: number) => Math.cos(angle * DEGREE);
  const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const sc = 1 + 0.045 * c;
  const sh = 1 + 0.015 * c * t;
  const rt = -Math.sin(60 * Math.exp(-(((h - 275) / 25) ** 2)) * DEGREE) * 2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
  const [dl, dc, dH] = [(l2 - l1) / sl, (c2 - c1) / sc, (2 * Math.sqrt(c1 * c2) * Math.sin((dh / 2) * DEGREE)) / sh];
  return Math.sqrt(dl ** 2 + dc ** 2 + dH ** 2 + rt * dc * dH);
}

const apart = (a: Rgb, b: Rgb) => ciede2000(labOf(a), labOf(b));

function leastApart(masks: readonly ObjectMask[], canvas: { width: number; height: number }): number {
  const { colours } = structureOf(masks, canvas);
  const pairs = neighboursOf(masks, canvas, parentsOf(masks)).flatMap((others, i) =>
    others.map((j) => [i, j] as const),
  );
  return Math.min(...pairs.map(([i, j]) => apart(colours[i], colours[j])));
}

describe("the measure of this test", () => {
  test("agrees with its authors' test data", () => {
    // Sharma, Wu, Dalal 2005, table 1, pairs 1, 8, 14, 17 and 25.
    expect(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
    expect(ciede2000([50, -0.001, 2.49], [50, 0.001, -2.49])).toBeCloseTo(4.8045, 4);
    expect(ciede2000([50, 2.5, 0], [50, 0, -2.5])).toBeCloseTo(4.3065, 4);
    expect(ciede2000([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
    expect(ciede2000([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387])).toBeCloseTo(1.2644, 4);
  });
});

describe("neighbours", () => {
  test("are parents, and what lies beside or nearly", () => {
    const size = [200, 100] as const;
    const masks = [
      rectangle(0, size, [0, 0, 60, 100]),
      rectangle(1, size, [62, 0, 30, 100]),
      rectangle(2, size, [140, 0, 60, 100]),
      rectangle(3, size, [20, 20, 10, 10]),
    ];
    const found = neighboursOf(masks, { width: 200, height: 100 }, parentsOf(masks));
    expect(found).toEqual([[1, 3], [0], [], [0]]);
  });
});

describe("colours", () => {
  test("keep neighbours clearly apart, on official results", () => {
    const { image, masks } = readSa1b(fixture<unknown>("dataset/coffee.sa1b.json"));
    expect(leastApart(masks as unknown as ObjectMask[], image)).toBeGreaterThan(20);
  });

  test("keep the tiles of a floor apart, whatever its pattern", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.integer({ min: 2, max: 9 }), fc.nat(6), (across, down, shift) => {
        const [width, height] = [across * 12 + 60, down * 12];
        const tile = (i: number) =>
          [(i % across) * 12 + (Math.floor(i / across) % 2) * shift, Math.floor(i / across) * 12] as const;
        const floor = rectangle(across * down, [width, height], [0, 0, width, height]);
        const tiles = Array.from({ length: across * down }, (_, i) =>
          rectangle(i, [width, height], [...tile(i), 11, 11]),
        );
        expect(leastApart([...tiles, floor], { width, height })).toBeGreaterThan(20);
      }),
      { numRuns: 30 },
    );
  });

  test("stay visible on grey, black and white", () => {
    const masks = Array.from({ length: 120 }, (_, i) => rectangle(i, [120, 4], [i, 0, 1, 4]));
    const { colours } = structureOf(masks, { width: 120, height: 4 });
    for (const colour of colours) {
      for (let grey = 0; grey < 256; grey += 5) expect(apart(colour, [grey, grey, grey])).toBeGreaterThan(15);
    }
  });

  test("differ from the picture under them", () => {
    fc.assert(
      fc.property(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)), (under) => {
        const mask = rectangle(0, [8, 8], [1, 1, 5, 5]);
        const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => under[i % 3]);
        const means = meanColours([mask], { width: 8, channels: 3, data });
        expect(means).toEqual([under]);
        const { colours } = structureOf([mask], { width: 8, height: 8 }, { under: means });
        expect(apart(colours[0], under)).toBeGreaterThan(20);
      }),
    );
  });

  test("take the mean over a mask's own pixels, however large it is", () => {
    const [width, height] = [300, 200];
    const mask = rectangle(0, [width, height], [100, 0, 200, 200]);
    const data = new Uint8Array(width * height * 4);
    for (let i = 0; i < width * height; i++)
      data.set(i % width < 100 ? [9, 9, 9, 255] : [(i % width) - 100, 0, 255, 0], i * 4);
    const [[red, green, blue]] = meanColours([mask], { width, channels: 4, data });
    expect([green, blue]).toEqual([0, 255]);
    expect(red).toBeCloseTo(99.5, 0);
  });
});
