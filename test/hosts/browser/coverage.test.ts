import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CombineMode, combine, filled, inverted, trimmed } from "../../../hosts/browser/src/document/coverage.js";
import type { Coverage } from "../../../hosts/browser/src/document/model.js";

const CANVAS = { x: 0, y: 0, width: 9, height: 7 };

/** Masks that may lie partly or wholly outside the canvas, with runs of the extreme values. */
const coverage: fc.Arbitrary<Coverage> = fc
  .record({
    x: fc.integer({ min: -4, max: 8 }),
    y: fc.integer({ min: -4, max: 8 }),
    width: fc.integer({ min: 0, max: 6 }),
    height: fc.integer({ min: 0, max: 6 }),
    outside: fc.constantFrom(0 as const, 255 as const),
  })
  .chain((shape) =>
    fc
      .array(fc.oneof(fc.constantFrom(0, 255), fc.integer({ min: 0, max: 255 })), {
        minLength: shape.width * shape.height,
        maxLength: shape.width * shape.height,
      })
      .map((data) => ({ ...shape, data: Uint8Array.from(data) })),
  );

const FORMULAS: Record<CombineMode, (a: number, b: number) => number> = {
  replace: (_, b) => b,
  add: (a, b) => Math.max(a, b),
  subtract: (a, b) => Math.min(a, 255 - b),
  intersect: (a, b) => Math.min(a, b),
};

describe("combine", () => {
  for (const mode of Object.keys(FORMULAS) as CombineMode[]) {
    test(`${mode}: every pixel of the canvas follows the formula, inside and outside the bounds`, () => {
      fc.assert(
        fc.property(coverage, coverage, (a, b) => {
          const all = filled(combine(a, b, mode, CANVAS), CANVAS).data;
          const before = filled(a, CANVAS).data;
          const other = filled(b, CANVAS).data;
          expect([...all]).toEqual([...before].map((value, i) => FORMULAS[mode](value, other[i])));
        }),
      );
    });
  }

  test("keeps only the smallest bounds inside the canvas", () => {
    fc.assert(
      fc.property(coverage, (mask) => {
        const { x, y, width, height, data, outside } = trimmed(mask, CANVAS);
        if (width === 0) return;
        const differs = (keep: (column: number, row: number) => boolean) =>
          data.some((value, i) => value !== outside && keep(i % width, Math.floor(i / width)));
        expect(x >= 0 && y >= 0 && x + width <= CANVAS.width && y + height <= CANVAS.height).toBe(true);
        expect(differs((column) => column === 0) && differs((column) => column === width - 1)).toBe(true);
        expect(differs((_, row) => row === 0) && differs((_, row) => row === height - 1)).toBe(true);
      }),
    );
  });

  test("inverting twice gives the same pixels", () => {
    fc.assert(
      fc.property(coverage, (mask) => {
        expect(filled(inverted(inverted(mask)), CANVAS).data).toEqual(filled(mask, CANVAS).data);
      }),
    );
  });
});
