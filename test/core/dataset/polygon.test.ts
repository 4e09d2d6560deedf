import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { polygonsToRle } from "../../../core/dataset/index.js";
import { decodeRle, rleArea, rleBox, rleFromCounts, rleToCoco, rleUnion } from "../../../core/mask/index.js";
import { fixture } from "../../support/bytes.js";

interface Case {
  readonly width: number;
  readonly height: number;
  readonly polygons: number[][];
  readonly each: string[];
  readonly union: string;
  readonly area: number;
  readonly bbox: number[];
}

const { cases } = fixture<{ cases: Case[] }>("dataset/polygons.json");

describe("polygons", () => {
  test("become the bytes that pycocotools makes of them", () => {
    for (const { width, height, polygons, each, union, area, bbox } of cases) {
      const masks = polygons.map((polygon) => polygonsToRle([polygon], width, height));
      expect(masks.map((mask) => rleToCoco(mask).counts)).toEqual(each);
      const all = masks.reduce((a, b) => rleUnion(a, b));
      expect(rleToCoco(all).counts).toBe(union);
      expect([rleArea(all), ...rleBox(all)]).toEqual([area, ...bbox]);
    }
    expect(cases.length).toBeGreaterThan(50);
  });

  test("inside others are holes, and those inside holes are islands", () => {
    const square = (from: number, to: number) => [from, from, to, from, to, to, from, to];
    const bytes = decodeRle(polygonsToRle([square(1, 19), square(4, 16), square(8, 12)], 20, 20));
    const at = (x: number, y: number) => bytes[y * 20 + x];
    expect([at(0, 0), at(2, 2), at(6, 10), at(10, 10), at(10, 17), at(19, 19)]).toEqual([0, 1, 0, 1, 1, 0]);
  });

  test("give run lengths that any reader takes, whatever their corners", () => {
    const corner = fc.double({ min: -60, max: 90, noNaN: true });
    const polygon = fc.array(corner, { minLength: 6, maxLength: 24 }).filter(({ length }) => length % 2 === 0);
    fc.assert(
      fc.property(
        fc.array(polygon, { maxLength: 4 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        (all, w, h) => {
          // Corners may lie 16 sides outside.
          const near = all.map((one) =>
            one.map((value) => Math.max(-16 * Math.max(w, h), Math.min(value, 16 * Math.max(w, h)))),
          );
          const { size, counts } = polygonsToRle(near, w, h);
          expect(size).toEqual([h, w]);
          expect(rleFromCounts(size, counts)).toEqual({ size, counts });
        },
      ),
    );
  });

  test("that would take all memory are refused before they take any", () => {
    const zigzag = Array.from({ length: 20 }, (_, i) => [i % 2 ? 400_000_000 : 0, i % 3]).flat();
    expect(() => polygonsToRle([zigzag], 400_000_000, 1)).toThrow("polygon must be an outline of at most");
    expect(() =>
      polygonsToRle([zigzag.map((value, i) => (i % 2 ? value : value / 4e5))], 1, 400_000_000),
    ).not.toThrow();
    expect(() => polygonsToRle([[0, 0, 0, 6e9, 1, 6e9]], 1, 400_000_000)).toThrow(
      "polygon must be an outline of at most",
    );
    expect(() => polygonsToRle([], 2 ** 20, 2 ** 20)).toThrow("mask size must be at most");
  });

  test("that make no area or reach too far are refused", () => {
    expect(() => polygonsToRle([[1, 1, 2, 2]], 9, 9)).toThrow(
      'polygon must be x,y of at least three corners, got "4 numbers"',
    );
    expect(() => polygonsToRle([[1, 1, 2, 2, 3, 3, 4]], 9, 9)).toThrow("7 numbers");
    for (const far of [1e12, -1e12, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => polygonsToRle([[1, 1, far, 2, 3, 3]], 9, 9)).toThrow(
        "polygon corner must be within 16 sides of the picture",
      );
    }
  });
});
