import { describe, expect, test } from "vitest";
import { AUTO_RANGES, resolveAutoOptions } from "../../../core/auto/options.js";

describe("settings of automatic generation", () => {
  test("are the official defaults if nothing is said", () => {
    expect(resolveAutoOptions()).toEqual({
      pointsPerSide: 32,
      pointsPerBatch: 64,
      predIouThresh: 0.88,
      stabilityScoreThresh: 0.95,
      stabilityScoreOffset: 1,
      boxNmsThresh: 0.7,
      cropNLayers: 0,
      cropNmsThresh: 0.7,
      cropOverlapRatio: 512 / 1500,
      cropNPointsDownscaleFactor: 1,
      pointGrids: undefined,
      minMaskRegionArea: 0,
      fast: false,
      ranked: false,
      most: 60,
    });
  });

  const names = Object.keys(AUTO_RANGES) as (keyof typeof AUTO_RANGES)[];

  test.each(names)("%s is refused outside its range, by name and range", (name) => {
    const { from, to, whole } = AUTO_RANGES[name];
    const wrong = [
      from - 1,
      to + 1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "1",
      null,
      {},
      ...(whole ? [from + 0.5] : []),
    ];
    for (const value of wrong.filter((one) => one !== null)) {
      expect(() => resolveAutoOptions({ [name]: value })).toThrow(
        new RegExp(`^${name} must be a (whole )?number from ${from} to ${to}, got`),
      );
    }
  });

  test.each(names)("%s may be at either end of its range", (name) => {
    const { from, to } = AUTO_RANGES[name];
    for (const value of [from, to]) expect(resolveAutoOptions({ [name]: value })[name]).toBe(value);
  });

  test("names an option that does not exist", () => {
    expect(() => resolveAutoOptions({ points_per_side: 16 } as object)).toThrow(
      /one of pointsPerSide, .*points_per_side/,
    );
  });

  test("refuses a grid without points in a deeper layer", () => {
    const few = { pointsPerSide: 8, cropNLayers: 2, cropNPointsDownscaleFactor: 4 };
    expect(() => resolveAutoOptions(few)).toThrow(/^cropNPointsDownscaleFactor must be small enough/);
  });

  test("takes grids of one's own instead of points a side, one a layer, all points inside", () => {
    const grid = [[0.5, 0.5]] as const;
    expect(resolveAutoOptions({ pointGrids: [grid] })).toMatchObject({ pointGrids: [grid], pointsPerSide: undefined });
    expect(() => resolveAutoOptions({ pointGrids: [grid], pointsPerSide: 8 })).toThrow(
      /^pointsPerSide must be omitted/,
    );
    expect(() => resolveAutoOptions({ pointGrids: [grid], cropNLayers: 1 })).toThrow(
      /^pointGrids must be an array of 2/,
    );
    expect(() => resolveAutoOptions({ pointGrids: [[[0.5, 1.5]]] })).toThrow(/^pointGrids\[0\]\[0\] must be \[x, y\]/);
  });
});
