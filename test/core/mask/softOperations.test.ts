import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type CombineMode,
  type Coverage,
  combineSoft,
  combineSoftInto,
  cropSoft,
  emptySoft,
  invertSoft,
  isEmptySoft,
  isSameSoft,
  padSoft,
  readSoftRow,
  type SoftMask,
  softBounds,
  solidSoft,
  trimSoft,
} from "../../../core/index.js";

const CANVAS = { x: 0, y: 0, width: 9, height: 7 };
const AROUND = { x: -6, y: -6, width: 24, height: 24 };

/** Masks that may lie partly or wholly outside the canvas, with runs of the extreme values. */
const softMask: fc.Arbitrary<SoftMask> = fc
  .record({
    x: fc.integer({ min: -4, max: 8 }),
    y: fc.integer({ min: -4, max: 8 }),
    width: fc.integer({ min: 0, max: 6 }),
    height: fc.integer({ min: 0, max: 6 }),
  })
  .chain((shape) => {
    const length = shape.width * shape.height;
    const value = fc.oneof(fc.constantFrom(0, 255), fc.integer({ min: 0, max: 255 }));
    return fc
      .array(value, { minLength: length, maxLength: length })
      .map((data) => ({ ...shape, data: Uint8Array.from(data) }));
  });

const coverage: fc.Arbitrary<Coverage> = fc
  .record({ mask: softMask, outside: fc.constantFrom(0 as const, 255 as const) })
  .map(({ mask, outside }) => ({ ...mask, outside }));

const any: fc.Arbitrary<SoftMask> = fc.oneof(softMask, coverage);

/** The reference: a mask's value at one pixel, by the definition. */
function valueAt(mask: SoftMask | Coverage, x: number, y: number): number {
  const [u, v] = [x - mask.x, y - mask.y];
  if (u >= 0 && v >= 0 && u < mask.width && v < mask.height) return mask.data[v * mask.width + u];
  return "outside" in mask ? mask.outside : 0;
}

function valuesIn(mask: SoftMask, { x, y, width, height } = AROUND): number[] {
  return Array.from({ length: width * height }, (_, i) => valueAt(mask, x + (i % width), y + Math.floor(i / width)));
}

const FORMULAS: Record<CombineMode, (a: number, b: number) => number> = {
  replace: (_, b) => b,
  add: (a, b) => Math.max(a, b),
  subtract: (a, b) => Math.min(a, 255 - b),
  intersect: (a, b) => Math.min(a, b),
};

describe("combining two soft masks", () => {
  for (const mode of Object.keys(FORMULAS) as CombineMode[]) {
    test(`${mode}: every pixel of the canvas follows the formula, inside and outside the bounds`, () => {
      fc.assert(
        fc.property(any, any, (a, b) => {
          const before = valuesIn(a, CANVAS);
          const other = valuesIn(b, CANVAS);
          const wanted = before.map((value, i) => FORMULAS[mode](value, other[i]));
          expect(valuesIn(combineSoft(a, b, mode, CANVAS), CANVAS)).toEqual(wanted);
        }),
      );
    });

    test(`${mode} into given bytes follows the formula in their bounds and leaves the operands as they are`, () => {
      fc.assert(
        fc.property(softMask, any, (a, b) => {
          const target = { ...a, data: a.data.slice() };
          const [ofA, ofB] = [a.data.slice(), b.data.slice()];
          combineSoftInto(target, b, mode);
          const other = valuesIn(b, a);
          expect([...target.data]).toEqual([...a.data].map((value, i) => FORMULAS[mode](value, other[i])));
          expect(a.data).toEqual(ofA);
          expect(b.data).toEqual(ofB);
        }),
      );
    });
  }

  test("works on bounds only: two small masks far apart on a canvas of 100 megapixels, intersected, need no bytes", () => {
    const canvas = { x: 0, y: 0, width: 10_000, height: 10_000 };
    const near = solidSoft({ x: 0, y: 0, width: 10, height: 10 });
    const far = solidSoft({ x: 9_000, y: 9_000, width: 10, height: 10 });
    expect(combineSoft(near, far, "intersect", canvas).data).toHaveLength(0);
    expect(combineSoft(near, far, "subtract", canvas).data).toHaveLength(100);
  });
});

describe("the bounds of a soft mask", () => {
  test("trimmed to a canvas they are the smallest that hold what is covered there", () => {
    fc.assert(
      fc.property(any, (mask) => {
        const trimmed = trimSoft(mask, CANVAS);
        const { x, y, width, height, data } = trimmed;
        expect(valuesIn(trimmed, CANVAS)).toEqual(valuesIn(mask, CANVAS));
        if (width === 0) return;
        const outside = "outside" in trimmed ? trimmed.outside : 0;
        const differs = (keep: (column: number, row: number) => boolean) =>
          data.some((value, i) => value !== outside && keep(i % width, Math.floor(i / width)));
        expect(x >= 0 && y >= 0 && x + width <= CANVAS.width && y + height <= CANVAS.height).toBe(true);
        expect(differs((column) => column === 0) && differs((column) => column === width - 1)).toBe(true);
        expect(differs((_, row) => row === 0) && differs((_, row) => row === height - 1)).toBe(true);
      }),
    );
  });

  test("trimmed to themselves they keep every value, and a mask of zeros becomes empty", () => {
    fc.assert(
      fc.property(any, (mask) => {
        expect(valuesIn(trimSoft(mask))).toEqual(valuesIn(mask));
      }),
    );
    expect(isEmptySoft(trimSoft({ x: 3, y: 4, width: 2, height: 2, data: new Uint8Array(4) }))).toBe(true);
  });

  test("cropped to any rectangle they hold its pixels, also those beyond the mask", () => {
    fc.assert(
      fc.property(any, softMask, (mask, rect) => {
        const cropped = cropSoft(mask, rect);
        expect([...cropped.data]).toEqual(valuesIn(mask, rect));
        expect([cropped.x, cropped.y, cropped.width, cropped.height]).toEqual([
          rect.x,
          rect.y,
          rect.width,
          rect.height,
        ]);
      }),
    );
  });

  test("padded they grow by the margin, no further than the document", () => {
    const mask = { x: 1, y: 5, width: 2, height: 1, data: Uint8Array.of(7, 9) };
    const padded = padSoft(mask, 3, CANVAS);
    expect([padded.x, padded.y, padded.width, padded.height]).toEqual([0, 2, 6, 5]);
    expect(valuesIn(padded)).toEqual(valuesIn(mask));
  });

  test("of several masks enclose them all; empty ones count for nothing", () => {
    const masks = [
      emptySoft(),
      solidSoft({ x: 5, y: 2, width: 1, height: 1 }),
      solidSoft({ x: 1, y: 3, width: 2, height: 4 }),
    ];
    expect(softBounds(masks)).toEqual({ x: 1, y: 2, width: 5, height: 5 });
    expect(softBounds([])).toEqual({ x: 0, y: 0, width: 0, height: 0 });
  });
});

test("a row read from anywhere holds the mask's values", () => {
  fc.assert(
    fc.property(any, fc.integer({ min: -6, max: 9 }), fc.integer({ min: -6, max: 15 }), (mask, x, y) => {
      const row = new Uint8Array(8).fill(99);
      readSoftRow(mask, x, y, row);
      expect([...row]).toEqual(valuesIn(mask, { x, y, width: 8, height: 1 }));
    }),
  );
});

test("inverting exchanges covered and not covered, outside the bounds too where the mask says what lies there", () => {
  fc.assert(
    fc.property(coverage, (mask) => {
      expect(valuesIn(invertSoft(mask))).toEqual(valuesIn(mask).map((v) => 255 - v));
    }),
  );
});

test("two masks are the same if their pixels are, within the tolerance, whatever their bounds", () => {
  fc.assert(
    fc.property(any, any, fc.integer({ min: 0, max: 255 }), (a, b, tolerance) => {
      const other = valuesIn(b);
      const same = valuesIn(a).every((value, i) => Math.abs(value - other[i]) <= tolerance);
      expect(isSameSoft(a, b, tolerance)).toBe(same);
      expect(isSameSoft(a, cropSoft(a, AROUND))).toBe(true);
    }),
  );
});
