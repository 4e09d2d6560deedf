import { describe, expect, test } from "vitest";
import { floatOfHalf, halfOf } from "../../../core/runtime/convert.js";

/** IEEE 754 binary16 by its definition. */
function byDefinition(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign / 0;
  return exponent === 0 ? sign * 2 ** -14 * (fraction / 1024) : sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
}

describe("half precision", () => {
  const all = Array.from({ length: 65536 }, (_, bits) => bits);

  test("is read as defined, all of it", () => {
    expect(all.filter((bits) => !Object.is(floatOfHalf(bits), byDefinition(bits)))).toEqual([]);
  });

  test("is written back to the same bits", () => {
    const wrong = all.filter((bits) => !Number.isNaN(byDefinition(bits)) && halfOf(byDefinition(bits)) !== bits);
    expect(wrong).toEqual([]);
    expect(byDefinition(halfOf(Number.NaN))).toBeNaN();
  });

  test("takes the nearest number, ties to even, and overflows to infinity", () => {
    const finite = all.filter((bits) => bits < 0x7bff).map(byDefinition);
    const wrong = finite.slice(1).filter((high, before) => {
      const low = finite[before];
      const middle = (low + high) / 2;
      const off = (high - low) / 8;
      return halfOf(middle) & 1 || halfOf(middle + off) !== before + 1 || halfOf(middle - off) !== before;
    });
    expect(finite.length).toBeGreaterThan(30_000);
    expect(wrong).toEqual([]);
    expect([65504, 65519, 65520, 1e9, -65520].map(halfOf)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00]);
  });
});
