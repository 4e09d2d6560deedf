import { encodeRle } from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundaryIou, mattingError } from "../../../hosts/cli/src/eval/measures.js";
import { bitsOf, rleOf } from "../../support/masks.js";

/** Boundary pixels by the definition: foreground with background, or the border, within d rows and columns. */
function boundaryOf(bytes: Uint8Array, width: number, height: number, d: number): Uint8Array {
  return bytes.map((value, i) => {
    if (!value) return 0;
    const x = i % width;
    const y = Math.floor(i / width);
    for (let v = y - d; v <= y + d; v++) {
      for (let u = x - d; u <= x + d; u++)
        if (u < 0 || v < 0 || u >= width || v >= height || !bytes[v * width + u]) return 1;
    }
    return 0;
  });
}

describe("boundaryIou", () => {
  test.each([
    [150, 100, 4],
    // 0.02 of this diagonal is 12.5: rounded to even, as the authors' Python does.
    [500, 375, 12],
  ])("is the IoU of the boundaries by their definition, %i x %i", (width, height, d) => {
    const disc = (radius: number) =>
      Uint8Array.from({ length: width * height }, (_, i) =>
        Math.hypot((i % width) - width / 3, Math.floor(i / width) - height / 2) < radius ? 1 : 0,
      );
    const [a, b] = [disc(height / 3), disc(height / 3 + 3)];
    const edges = [a, b].map((bytes) => boundaryOf(bytes, width, height, d)) as [Uint8Array, Uint8Array];
    const both = edges[0].filter((value, i) => value && edges[1][i]).length;
    const either = edges[0].filter((value, i) => value || edges[1][i]).length;
    expect(boundaryIou(encodeRle(a, width, height), encodeRle(b, width, height))).toBe(both / either);
  });

  test("is 1 for a mask with itself and symmetric", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (one, other) => {
        const a = rleOf(bitsOf(70, 50, one, 40));
        const b = rleOf(bitsOf(70, 50, other, 40));
        expect(boundaryIou(a, a)).toBe(1);
        expect(boundaryIou(a, b)).toBe(boundaryIou(b, a));
      }),
      { numRuns: 20 },
    );
  });
});

describe("mattingError", () => {
  test("is the mean absolute error where the trimap is grey, counting pixels outside the mask's bounds as 0", () => {
    const plane = (...data: number[]) => ({ width: 4, height: 1, data: Uint8Array.from(data) });
    const soft = { x: 1, y: 0, width: 2, height: 1, data: Uint8Array.of(255, 51) };
    expect(mattingError(soft, plane(255, 255, 0, 102), plane(255, 128, 128, 128))).toBeCloseTo((0 + 0.2 + 0.4) / 3, 9);
  });
});
