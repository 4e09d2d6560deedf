import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskOutlines, type Outline, outlinesToSvgPath } from "../../../core/mask/outlines.js";
import { emptyRle, rleArea } from "../../../core/mask/rle.js";
import { anyBits, type Bits, drawn, rleOf } from "../../support/masks.js";

function signedArea({ points }: Outline): number {
  let twice = 0;
  for (let i = 0; i < points.length; i += 2) {
    const j = (i + 2) % points.length;
    twice += points[i] * points[j + 1] - points[j] * points[i + 1];
  }
  return twice / 2;
}

/** Fills outlines by the even-odd rule, at pixel centres. */
function filled(outlines: readonly Outline[], { width, height }: Bits): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    let crossings = 0;
    for (const { points } of outlines) {
      for (let k = 0; k < points.length; k += 2) {
        const j = (k + 2) % points.length;
        const vertical = points[k] === points[j];
        const between = points[k + 1] > y !== points[j + 1] > y;
        if (vertical && between && points[k] > x) crossings++;
      }
    }
    return crossings % 2;
  });
}

describe("maskOutlines", () => {
  test("fill to the mask again, with the mask's area, for any mask", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        const rle = rleOf(bits);
        const outlines = maskOutlines(rle);
        expect(filled(outlines, bits)).toEqual(bits.bytes);
        expect(outlines.reduce((sum, outline) => sum + signedArea(outline), 0)).toBe(rleArea(rle));
        for (const outline of outlines) expect(outline.hole).toBe(signedArea(outline) < 0);
      }),
      { numRuns: 400 },
    );
  });

  test("have only true corners: every side turns by a right angle", () => {
    fc.assert(
      fc.property(anyBits, (bits) => {
        for (const { points } of maskOutlines(rleOf(bits))) {
          for (let i = 0; i < points.length; i += 2) {
            const j = (i + 2) % points.length;
            const k = (i + 4) % points.length;
            const vertical = points[i] === points[j];
            expect(points[i + 1] === points[j + 1]).toBe(!vertical);
            expect(points[j] === points[k]).toBe(!vertical);
          }
        }
      }),
    );
  });

  test("a square runs clockwise from its upper edge, a hole the other way", () => {
    expect([...maskOutlines(drawn("....", ".##.", ".##."))[0].points]).toEqual([3, 1, 3, 3, 1, 3, 1, 1]);
    const ring = maskOutlines(drawn("###", "#.#", "###"));
    expect(ring.map(({ hole }) => hole)).toEqual([false, true]);
    expect(ring.map(signedArea)).toEqual([9, -1]);
  });

  test("pixels that touch at a corner are outlined apart", () => {
    expect(maskOutlines(drawn("#.", ".#")).length).toBe(2);
  });

  test("runs with nothing between them are one shape", () => {
    const outlines = maskOutlines({ size: [4, 2], counts: Uint32Array.of(0, 1, 0, 3, 1, 1, 0, 2) });
    expect(outlines).toEqual(maskOutlines(drawn("#.", "##", "##", "##")));
  });

  test("an empty mask has none, a full one the canvas", () => {
    expect(maskOutlines(emptyRle(5, 4))).toEqual([]);
    expect([...maskOutlines(drawn("###", "###"))[0].points]).toEqual([3, 0, 3, 2, 0, 2, 0, 0]);
  });

  test("a tolerance drops the stairs of a slope but stays within it", () => {
    const size = 40;
    const rows = Array.from({ length: size }, (_, y) => "#".repeat(y + 1) + ".".repeat(size - 1 - y));
    const exact = maskOutlines(drawn(...rows));
    const simple = maskOutlines(drawn(...rows), 1);
    expect(exact[0].points.length / 2).toBeGreaterThan(size);
    expect(simple[0].points.length / 2).toBeLessThanOrEqual(5);
    expect(Math.abs(signedArea(simple[0]) - signedArea(exact[0]))).toBeLessThan(2 * size);
  });
});

describe("outlinesToSvgPath", () => {
  test("draws each outline as a closed subpath", () => {
    expect(outlinesToSvgPath(maskOutlines(drawn("....", ".##.", ".##.")))).toBe("M3 1v2h-2v-2z");
    expect(outlinesToSvgPath([])).toBe("");
  });
});
