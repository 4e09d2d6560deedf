import { describe, expect, test } from "vitest";
import type { PlacedMask } from "../../../core/auto/found.js";
import { ObjectRanking, objectsShown, pointsOfObjects } from "../../../core/auto/objects/index.js";
import type { ScoutedPoints } from "../../../core/auto/scoutedPoints.js";
import { encodeRle } from "../../../core/mask/index.js";

const SIDE = 20;

/** A square's mask on a canvas of 20 x 20. */
function square(id: number, x: number, y: number, side: number, signs: Partial<PlacedMask> = {}): PlacedMask {
  const bytes = new Uint8Array(SIDE * SIDE);
  for (let v = y; v < y + side; v++) bytes.fill(1, v * SIDE + x, v * SIDE + x + side);
  return {
    id,
    predictedIou: 0.9,
    stabilityScore: 0.9,
    specks: 0,
    box: { left: x, top: y, right: x + side - 1, bottom: y + side - 1 },
    point: { x, y },
    mask: encodeRle(bytes, SIDE, SIDE),
    crop: { x0: 0, y0: 0, x1: SIDE, y1: SIDE, layer: 0 },
    ...signs,
  };
}

function ranked(masks: readonly PlacedMask[], most = 60): number[] {
  const ranking = new ObjectRanking(SIDE * SIDE, most);
  for (const mask of masks) ranking.add([mask]);
  return ranking.best().map(({ id }) => id);
}

describe("a ranked list of objects", () => {
  test("shows of two near copies the better one only, whichever was found first", () => {
    const better = square(1, 2, 2, 10, { predictedIou: 0.95 });
    const copy = square(2, 2, 2, 11);
    expect(ranked([copy, better])).toEqual([1]);
    expect(ranked([better, copy])).toEqual([1]);
  });

  test("puts ragged masks behind clean ones", () => {
    expect(ranked([square(1, 0, 0, 7, { specks: 8 }), square(2, 12, 12, 7)])).toEqual([2, 1]);
  });

  test("keeps a part beside its whole, after the next thing", () => {
    const [whole, part, thing] = [square(1, 0, 0, 12), square(2, 0, 0, 7), square(3, 13, 13, 6)];
    expect(ranked([part, thing])).toEqual([2, 3]);
    expect(ranked([whole, part, thing])).toEqual([1, 3, 2]);
  });

  test("shows more of a picture full of things than of a lone one, and never more than there is", () => {
    const scores = (...all: readonly number[]) => all.map((score) => ({ score }));
    expect(objectsShown(scores(...Array<number>(12).fill(0.6), 0.1, 0.05))).toBe(12);
    expect(objectsShown(scores(0.8, 0.1, 0, -0.1))).toBe(3);
    expect(objectsShown(scores(...Array<number>(60).fill(0.7)))).toBe(45);
    expect(objectsShown([])).toBe(0);
  });

  test("is the beginning of the longer list when it is shorter", () => {
    const masks = [0, 5, 10, 15].flatMap((x, i) =>
      [0, 5, 10, 15].map((y, j) => square(4 * i + j, x, y, 4, { predictedIou: 0.6 + 0.02 * ((i * 7 + j * 5) % 13) })),
    );
    const long = ranked(masks);
    expect(long).toHaveLength(16);
    for (const most of [1, 5, 12]) expect(ranked(masks, most)).toEqual(long.slice(0, most));
  });
});

describe("pointsOfObjects", () => {
  /** Scouted masks of one 32-bit word each. */
  function scouted(rows: readonly (readonly [point: number, worth: number, sketch: number])[]): ScoutedPoints {
    return {
      indices: Uint32Array.from(rows, ([index]) => index),
      candidates: new Uint8Array(rows.length),
      worth: Float32Array.from(rows, ([, worth]) => worth),
      sketches: Uint32Array.from(rows, ([, , sketch]) => sketch),
    };
  }

  test("decodes each object once, from the point that sees it best", () => {
    const rows = [
      [7, 0.5, 0x00ff],
      [3, 0.9, 0x00ff],
      [4, 0.7, 0xff00],
    ] as const;
    expect(pointsOfObjects(scouted(rows), 10)).toEqual([3, 4]);
  });

  test("decodes a point once for all its objects, and no more points than asked for", () => {
    const rows = [
      [3, 0.9, 0x00ff],
      [3, 0.8, 0xff00],
      [5, 0.7, 0xff0000],
    ] as const;
    expect(pointsOfObjects(scouted(rows), 10)).toEqual([3, 5]);
    expect(pointsOfObjects(scouted(rows), 1)).toEqual([3]);
    expect(pointsOfObjects(scouted([]), 2)).toEqual([]);
  });
});
