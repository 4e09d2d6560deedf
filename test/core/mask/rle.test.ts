import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { rleFromCoco, rleToCoco } from "../../../core/mask/coco.js";
import { decodeRle, emptyRle, encodeRle, isEmptyRle, rleArea, rleBox, rleCovers } from "../../../core/mask/rle.js";
import { fixture, noise } from "../../support/bytes.js";
import { anyBits, drawn, rleOf } from "../../support/masks.js";

interface Single {
  readonly size: readonly [number, number];
  readonly seed: number | null;
  readonly over: number;
  readonly counts: string;
  readonly area: number;
  readonly bbox: readonly number[];
}

const { singles } = fixture<{ singles: Single[] }>("masks/rle.json");

describe("against pycocotools", () => {
  test.each(singles)("string, area and box of $size", ({ size, seed, over, counts, area, bbox }) => {
    const rle = rleFromCoco({ size, counts });
    expect(rleArea(rle)).toBe(area);
    expect(rleBox(rle)).toEqual(bbox);
    expect(rleToCoco(rle)).toEqual({ size, counts });
    if (seed === null) return;
    const [height, width] = size;
    const bytes = noise(width * height, seed).map((value) => (value > over ? 1 : 0));
    expect(rleToCoco(encodeRle(bytes, width, height)).counts).toBe(counts);
  });

  interface Picture {
    readonly image: string;
    readonly width: number;
    readonly height: number;
    readonly masks: readonly { readonly counts: string; readonly area: number; readonly bbox: readonly number[] }[];
  }

  test.each(fixture<Picture[]>("masks/pictures.json"))("official masks of $image", ({ width, height, masks }) => {
    for (const { counts, area, bbox } of masks) {
      const rle = rleFromCoco({ size: [height, width], counts });
      expect(rleArea(rle)).toBe(area);
      // The generator writes inclusive corners' differences: one less than pycocotools.
      const [x, y, w, h] = rleBox(rle);
      expect([x, y, w - 1, h - 1]).toEqual(bbox);
      expect(rleToCoco(encodeRle(decodeRle(rle), width, height)).counts).toBe(counts);
    }
  });
});

describe("encodeRle and decodeRle", () => {
  test("give back any mask", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(decodeRle(rleOf(bits))).toEqual(bits.bytes);
      }),
    );
  });

  test("give back any box of it, with zeros outside the canvas", () => {
    const corner = fc.integer({ min: -5, max: 16 });
    const side = fc.integer({ min: 0, max: 20 });
    fc.assert(
      fc.property(anyBits, corner, corner, side, side, (bits, x0, y0, width, height) => {
        const expected = Uint8Array.from({ length: width * height }, (_, i) => {
          const x = x0 + (i % width);
          const y = y0 + Math.floor(i / width);
          const inside = x >= 0 && y >= 0 && x < bits.width && y < bits.height;
          return inside ? bits.bytes[y * bits.width + x] : 0;
        });
        expect(decodeRle(rleOf(bits), [x0, y0, width, height])).toEqual(expected);
      }),
    );
  });

  test("tell the value of any pixel, and outside the canvas there is none", () => {
    const at = fc.double({ min: -2, max: 16, noNaN: true });
    fc.assert(
      fc.property(anyBits, at, at, (bits, x, y) => {
        const inside = x >= 0 && y >= 0 && x < bits.width && y < bits.height;
        const expected = inside && bits.bytes[Math.floor(y) * bits.width + Math.floor(x)] === 1;
        expect(rleCovers(rleOf(bits), x, y)).toBe(expected);
      }),
    );
  });

  test("are column-major and count the first background run even if it is empty", () => {
    expect([...drawn("#..", "##.").counts]).toEqual([0, 2, 1, 1, 2]);
  });

  test("treat any byte but 0 as foreground", () => {
    expect(encodeRle(Uint8Array.of(0, 7, 255, 1), 2, 2).counts).toEqual(drawn(".#", "##").counts);
  });

  test("refuse bytes of another length and decodings too large to hold", () => {
    expect(() => encodeRle(new Uint8Array(5), 2, 2)).toThrow(MasksmithError);
    expect(() => encodeRle(new Uint8Array(0), 0, 2)).toThrow(/mask width/);
    expect(() => decodeRle(emptyRle(40_000, 40_000))).toThrow(/1073741824 bytes/);
    expect(() => decodeRle(drawn("#"), [0, 0.5, 1, 1])).toThrow(MasksmithError);
  });
});

describe("measures", () => {
  test("equal those counted on the pixels", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const { width, bytes } = bits;
        const on = [...bytes.keys()].filter((i) => bytes[i] === 1);
        const xs = on.map((i) => i % width);
        const ys = on.map((i) => Math.floor(i / width));
        const rle = rleOf(bits);
        expect(rleArea(rle)).toBe(on.length);
        expect(isEmptyRle(rle)).toBe(on.length === 0);
        const [left, top] = [Math.min(...xs), Math.min(...ys)];
        const box = [left, top, Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
        expect(rleBox(rle)).toEqual(on.length === 0 ? [0, 0, 0, 0] : box);
      }),
    );
  });
});
