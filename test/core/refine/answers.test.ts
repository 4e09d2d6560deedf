import { describe, expect, test } from "vitest";
import { encodeRle, rleArea } from "../../../core/mask/index.js";
import { orderAnswers, stepAnswer } from "../../../core/refine/index.js";

/** The first `count` pixels of a 10x10 picture, row by row. */
function answer(count: number) {
  const mask = encodeRle(new Uint8Array(100).fill(1, 0, count), 10, 10);
  return { mask, area: rleArea(mask) };
}

describe("the answers a user steps through", () => {
  test("go from the smallest to the largest, the one shown marked", () => {
    const ordered = orderAnswers([answer(50), answer(90), answer(10)], 0);
    expect(ordered).toEqual({ order: [2, 0, 1], current: 1 });
    expect([stepAnswer(ordered, "smaller"), stepAnswer(ordered, "larger")]).toEqual([2, 1]);
  });

  test("leave out copies and empty masks, never the one shown", () => {
    expect(orderAnswers([answer(50), answer(51), answer(0)], 1)).toEqual({ order: [1], current: 0 });
    expect(orderAnswers([answer(50), answer(51), answer(90)], 2)).toEqual({ order: [0, 2], current: 1 });
    expect(orderAnswers([answer(0)], 0)).toEqual({ order: [0], current: 0 });
  });

  test("end at both ends, and go round where a second click asks for the next", () => {
    const ordered = orderAnswers([answer(50), answer(90)], 1);
    expect(stepAnswer(ordered, "larger")).toBeNull();
    expect(stepAnswer(ordered, "next")).toBe(0);
    expect(stepAnswer(orderAnswers([answer(50), answer(90)], 0), "previous")).toBe(1);
    expect(stepAnswer(orderAnswers([answer(50)], 0), "next")).toBeNull();
    expect(stepAnswer(orderAnswers([], 0), "larger")).toBeNull();
  });
});
