import { encodeRle } from "@masksmith/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundaryIou, compareMasks, mattingError, specksOf } from "../../../hosts/cli/src/eval/measures.js";
import { toRow } from "../../../hosts/cli/src/eval/rows.js";
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

describe("what the rows say", () => {
  const drawn = (...rows: readonly string[]) =>
    encodeRle(
      Uint8Array.from(rows.join(""), (letter) => (letter === "#" ? 1 : 0)),
      rows[0].length,
      rows.length,
    );

  test("specks are islands and holes of more than three pixels; a bay at the rim is none", () => {
    expect(specksOf(drawn("########", "#....###", "########", "........", "####..##", "####..##"))).toBe(3);
    expect(specksOf(drawn("#.######", "#.#...##", "########", "........", "##....##"))).toBe(0);
    expect(specksOf(drawn("....", "...."))).toBe(0);
  });

  test("an answer is usable if it is any of the regions that people see", () => {
    const [part, whole] = [drawn("##..", "##.."), drawn("####", "####")];
    expect(compareMasks(part, whole, [whole, part])).toMatchObject({ any: 1, iou: 0.5 });
    expect(compareMasks(part, whole).any).toBe(0.5);
  });

  test("harm and gain are counted answer by answer, with intervals that hold them", () => {
    const answer = (any: number, image: string, specks = 0) => ({ any, iou: any, boundaryIou: any, specks, image });
    const plain = [answer(0.9, "a"), answer(0.9, "b"), answer(0.1, "c"), answer(0.1, "d")];
    const after = [answer(0.9, "a", 3), answer(0.1, "b"), answer(0.8, "c"), answer(0.1, "d")];
    const row = toRow("click-first", after, plain);
    expect(row).toMatchObject({ usable: 0.5, usable_clean: 0.25, harm: 0.25, gain: 0.25, specks: 0.75 });
    const [low, high] = row.gain_interval!;
    expect(low).toBeLessThanOrEqual(0.25);
    expect(high).toBeGreaterThan(0.25);
    expect(toRow("click-official", plain, plain)).toMatchObject({ harm: 0, gain: 0, gain_interval: [0, 0] });
  });
});
