import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resizedSize, resizeRgb } from "../../../core/encode/resize.js";
import { MasksmithError } from "../../../core/errors.js";
import type { RgbRaster } from "../../../core/types.js";
import { fixture, fixturePath, noise, readPicture, sha256 } from "../../support/bytes.js";

interface PillowCase {
  readonly seed: number;
  readonly from: readonly [number, number];
  readonly to: readonly [number, number];
  readonly sha256: string;
}

interface PictureCase {
  readonly image: string;
  readonly preprocess: { readonly resized: readonly [number, number]; readonly resized_rgb_sha256: string };
}

/** The definition, one output sample at a time: triangle weights in fixed point, each pass rounded to 8 bits. */
function slowResize(source: RgbRaster, width: number, height: number): RgbRaster {
  const sample = (line: (i: number) => number, inputs: number, outputs: number, at: number): number => {
    if (inputs === outputs) return line(at);
    const stretch = Math.max(inputs / outputs, 1);
    const center = ((at + 0.5) * inputs) / outputs;
    const reached = Array.from({ length: inputs }, (_, i) => i).filter(
      (i) => i >= Math.floor(Math.max(0, center - stretch + 0.5)) && i < Math.floor(center + stretch + 0.5),
    );
    const weights = reached.map((i) => Math.max(0, 1 - Math.abs(i + 0.5 - center) / stretch));
    const sum = weights.reduce((a, b) => a + b);
    const fixed = weights.map((w) => Math.floor((w / sum) * 2 ** 22 + 0.5));
    const total = reached.reduce((a, i, k) => a + line(i) * fixed[k], 2 ** 21);
    return Math.min(255, Math.floor(total / 2 ** 22));
  };
  const middle = new Uint8Array(width * source.height * 3);
  for (let i = 0; i < middle.length; i++) {
    const [y, x, c] = [Math.floor(i / (width * 3)), Math.floor(i / 3) % width, i % 3];
    middle[i] = sample((k) => source.data[(y * source.width + k) * 3 + c], source.width, width, x);
  }
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i++) {
    const [y, rest] = [Math.floor(i / (width * 3)), i % (width * 3)];
    data[i] = sample((k) => middle[k * width * 3 + rest], source.height, height, y);
  }
  return { width, height, data };
}

describe("resizedSize", () => {
  test.each([
    [800, 534, 1024, 684],
    [451, 300, 1024, 681],
    [640, 427, 1024, 683],
    [1, 1, 1024, 1024],
    [30000, 40, 1024, 1],
    [40, 30000, 1, 1024],
    [100000, 3, 1024, 1],
  ])("%ix%i becomes %ix%i", (width, height, toWidth, toHeight) => {
    expect(resizedSize(width, height, 1024)).toEqual({ width: toWidth, height: toHeight });
  });
});

describe("resizeRgb", () => {
  test.each(fixture<PillowCase[]>("masks/resize.json"))(
    "equals Pillow: $from to $to",
    ({ seed, from, to, sha256: hash }) => {
      const [width, height] = from;
      const out = resizeRgb({ width, height, data: noise(width * height * 3, seed) }, to[0], to[1]);
      expect([out.width, out.height, sha256(out.data)]).toEqual([to[0], to[1], hash]);
    },
  );

  test.each(fixture<PictureCase[]>("masks/pictures.json"))(
    "equals the official preprocessing of $image",
    async (picture) => {
      const rgb = await readPicture(fixturePath(picture.image));
      const { width, height } = resizedSize(rgb.width, rgb.height, 1024);
      expect([width, height]).toEqual(picture.preprocess.resized);
      expect(sha256(resizeRgb(rgb, width, height).data)).toBe(picture.preprocess.resized_rgb_sha256);
    },
  );

  test("equals the definition for any sizes", () => {
    const side = fc.integer({ min: 1, max: 24 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), (width, height, toWidth, toHeight, seed) => {
        const source = { width, height, data: noise(width * height * 3, seed) };
        expect(resizeRgb(source, toWidth, toHeight)).toEqual(slowResize(source, toWidth, toHeight));
      }),
      { numRuns: 60 },
    );
  });

  test("keeps a flat colour flat in very long pictures", () => {
    for (const [width, height] of [
      [30000, 40],
      [40, 30000],
    ] as const) {
      const target = resizedSize(width, height, 1024);
      const out = resizeRgb(
        { width, height, data: new Uint8Array(width * height * 3).fill(255) },
        target.width,
        target.height,
      );
      expect(out.data.length).toBe(1024 * 3);
      expect(out.data.every((value) => value === 255)).toBe(true);
    }
  });

  test("refuses an empty target", () => {
    expect(() => resizeRgb({ width: 1, height: 1, data: new Uint8Array(3) }, 0, 1)).toThrow(MasksmithError);
  });
});
