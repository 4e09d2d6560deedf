import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { rleFromCoco, rleFromCounts, rleToCoco } from "../../../core/mask/coco.js";
import { rleArea, rleBox } from "../../../core/mask/rle.js";
import type { CocoRle } from "../../../core/types.js";
import { anyBits, drawn, rleOf } from "../../support/masks.js";

/** What must hold of anything the reader lets through. */
function expectSound(read: () => ReturnType<typeof rleFromCoco>): void {
  try {
    const { size, counts } = read();
    expect(counts.reduce((a, b) => a + b, 0)).toBe(size[0] * size[1]);
    expect(counts.subarray(1).includes(0)).toBe(false);
  } catch (error) {
    expect(error).toBeInstanceOf(MasksmithError);
    expect(error).toMatchObject({ kind: "input" });
  }
}

describe("rleFromCoco", () => {
  test("reads back what rleToCoco wrote", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        expect(rleFromCoco(rleToCoco(rleOf(bits)))).toEqual(rleOf(bits));
      }),
    );
  });

  test("reads and writes counts up to the largest canvas", () => {
    const size = [46_340, 46_341] as const;
    const total = size[0] * size[1];
    for (const counts of [[total], [0, total], [1, total - 2, 1], [5, 1, total - 7, 1], [total - 3, 1, 1, 1]]) {
      const rle = rleFromCounts(size, counts);
      expect([...rle.counts]).toEqual(counts);
      expect(rleFromCoco(rleToCoco(rle))).toEqual(rle);
    }
  });

  test("lets nothing unsound through, whatever the string", () => {
    const character = fc.integer({ min: 40, max: 120 }).map((code) => String.fromCharCode(code));
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 60 }), side, side, (counts, height, width) =>
        expectSound(() => rleFromCoco({ size: [height, width], counts })),
      ),
      { numRuns: 2000 },
    );
  });

  test("lets nothing unsound through, when a good string is damaged", () => {
    fc.assert(
      fc.property(anyBits, fc.nat(), fc.integer({ min: 0, max: 300 }), (bits, at, code) => {
        const { size, counts } = rleToCoco(rleOf(bits));
        const i = at % counts.length;
        const damaged = counts.slice(0, i) + String.fromCharCode(code) + counts.slice(i + 1);
        expectSound(() => rleFromCoco({ size, counts: damaged }));
        expectSound(() => rleFromCoco({ size, counts: counts.slice(0, i) }));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ["an unfinished count", { size: [4, 4], counts: "P" }, /unfinished/],
    ["a character beyond the digits", { size: [4, 4], counts: "p" }, /character 0/],
    ["a character that is not ASCII", { size: [4, 4], counts: "1é" }, /character 1/],
    ["a count of too many digits", { size: [4, 4], counts: `${"P".repeat(40)}0` }, /at most 7 digits/],
    ["a negative count", { size: [4, 4], counts: "O" }, /count 0/],
    ["a difference below zero", { size: [4, 4], counts: "111N" }, /count 3/],
    ["a sum too small", { size: [4, 4], counts: "1" }, /sum of RLE counts must be 16/],
    ["a sum too large", { size: [4, 4], counts: "`01" }, /sum of RLE counts must be 16/],
    ["a count beyond any canvas", { size: [4, 4], counts: "ooooooO" }, /RLE count 0|sum/],
    ["an empty string", { size: [4, 4], counts: "" }, /sum/],
    ["a claimed size beyond 2^31 pixels", { size: [100_000, 100_000], counts: "0" }, /2147483647/],
    ["a size that is no size", { size: [4, -4], counts: "0" }, /mask width/],
    ["a fraction of a pixel", { size: [4.5, 4], counts: "0" }, /mask height/],
    ["no size", { counts: "0" }, /RLE size/],
    ["bytes in place of a string", { size: [4, 4], counts: [16] }, /COCO string/],
    ["nothing", null, /RLE size/],
  ])("refuses %s", (_, coco, message) => {
    expect(() => rleFromCoco(coco as CocoRle)).toThrow(MasksmithError);
    expect(() => rleFromCoco(coco as CocoRle)).toThrow(message);
  });

  test("joins empty runs inside, as other writers leave them", () => {
    const rle = rleFromCounts([3, 3], [1, 2, 0, 3, 0, 0, 3, 0]);
    expect([...rle.counts]).toEqual([1, 5, 3]);
    expect(rleArea(rle)).toBe(5);
    expect(rleBox(rle)).toEqual([0, 0, 2, 3]);
  });

  test("holds only what the string holds, not what it claims", () => {
    const rle = rleFromCounts([30_000, 30_000], [900_000_000]);
    expect(rle.counts.length).toBe(1);
  });
});

describe("rleFromCounts", () => {
  test.each([
    ["a fraction", [1.5, 2.5]],
    ["NaN", [Number.NaN, 4]],
    ["a negative count", [5, -1]],
    ["a wrong sum", [1, 2]],
    ["no array", 4],
    ["nothing", undefined],
  ])("refuses %s", (_, counts) => {
    expect(() => rleFromCounts([2, 2], counts as number[])).toThrow(MasksmithError);
  });

  test("reads an Rle that came as plain numbers", () => {
    const rle = drawn("#.", ".#");
    expect(rleFromCounts(rle.size, [...rle.counts])).toEqual(rle);
  });
});
