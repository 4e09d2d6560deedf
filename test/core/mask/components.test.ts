import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { rleFromCoco, rleToCoco } from "../../../core/mask/coco.js";
import { connectedComponents, removeSmallRegions } from "../../../core/mask/components.js";
import { emptyRle, rleArea } from "../../../core/mask/rle.js";
import { rleUnion } from "../../../core/mask/setOperations.js";
import { fixture } from "../../support/bytes.js";
import { anyBits, type Bits, drawn, rleOf } from "../../support/masks.js";

interface OpenCvCase {
  readonly size: readonly [number, number];
  readonly counts: string;
  readonly four: number;
  readonly eight: number;
  readonly mode: "holes" | "islands";
  readonly area: number;
  readonly changed: boolean;
  readonly result: string;
}

/** Component sizes by flood fill, largest first. */
function floodedSizes({ width, height, bytes }: Bits, diagonal: boolean): number[] {
  const left = bytes.slice();
  const sizes: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (left[start] === 0) continue;
    const open = [start];
    left[start] = 0;
    let size = 0;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      size++;
      for (const [dx, dy] of [
        [-1, -1],
        [0, -1],
        [1, -1],
        [-1, 0],
        [1, 0],
        [-1, 1],
        [0, 1],
        [1, 1],
      ] as const) {
        const x: number = (at % width) + dx;
        const y: number = Math.floor(at / width) + dy;
        const i = y * width + x;
        if ((dx !== 0 && dy !== 0 && !diagonal) || x < 0 || y < 0 || x >= width || y >= height || left[i] === 0)
          continue;
        left[i] = 0;
        open.push(i);
      }
    }
    sizes.push(size);
  }
  return sizes.sort((a, b) => b - a);
}

describe("connectedComponents", () => {
  test("equal a flood fill, and together are the mask", () => {
    fc.assert(
      fc.property(anyBits, fc.constantFrom(4 as const, 8 as const), (bits, connectivity) => {
        const rle = rleOf(bits);
        const parts = connectedComponents(rle, connectivity);
        expect(parts.map(rleArea)).toEqual(floodedSizes(bits, connectivity === 8));
        expect(parts.reduce(rleUnion, emptyRle(bits.width, bits.height))).toEqual(rle);
      }),
      { numRuns: 300 },
    );
  });

  test("follow runs that reach from column to column", () => {
    expect(connectedComponents(drawn("###", "###")).length).toBe(1);
    expect(connectedComponents(drawn("#.#", "#.#")).map(rleArea)).toEqual([2, 2]);
    // The end of one column and the start of the next are one run in the code, but no neighbours.
    expect(connectedComponents(drawn("..#", "...", "...", ".#."), 8).length).toBe(2);
  });
});

describe("removeSmallRegions", () => {
  test.each(fixture<OpenCvCase[]>("masks/components.json"))(
    "equals the original on OpenCV: $mode below $area of $size",
    ({ size, counts, four, eight, mode, area, changed, result }) => {
      const rle = rleFromCoco({ size, counts });
      expect(connectedComponents(rle, 4).length).toBe(four);
      expect(connectedComponents(rle, 8).length).toBe(eight);
      const cleaned = removeSmallRegions(rle, area, mode);
      expect(cleaned.changed).toBe(changed);
      expect(rleToCoco(cleaned.mask).counts).toBe(result);
    },
  );

  test("fills a hole and drops an island, but not at the threshold itself", () => {
    const mask = drawn("###..", "#.#.#", "###..");
    expect(removeSmallRegions(mask, 2, "holes").mask).toEqual(drawn("###..", "###.#", "###.."));
    expect(removeSmallRegions(mask, 2, "islands").mask).toEqual(drawn("###..", "#.#..", "###.."));
    expect(removeSmallRegions(mask, 1, "islands")).toEqual({ mask, changed: false });
  });

  test("refuses a threshold that is no number", () => {
    expect(() => removeSmallRegions(drawn("#"), Number.NaN, "holes")).toThrow(MasksmithError);
  });
});
