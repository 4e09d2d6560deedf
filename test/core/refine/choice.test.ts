import { describe, expect, test } from "vitest";
import { chooseAnswer } from "../../../core/refine/index.js";

const answer = (predictedIou: number, specks?: number, area = 1000) => ({
  predictedIou,
  area,
  ...(specks === undefined ? {} : { specks }),
});

describe("the answer shown at once", () => {
  test("is the model's first choice, however clean the others are, while that is not ragged", () => {
    expect(chooseAnswer([answer(0.9, 5), answer(0.89, 0), answer(0.88, 0)])).toBe(0);
  });

  test("is a clean one that is nearly as good, where the first choice is ragged", () => {
    expect(chooseAnswer([answer(0.9, 6), answer(0.89, 4), answer(0.86, 3)])).toBe(2);
    expect(chooseAnswer([answer(0.9, 30), answer(0.88, 12), answer(0.87, 0)])).toBe(1);
  });

  test("stays where the clean one is not nearly as good", () => {
    expect(chooseAnswer([answer(0.9, 20), answer(0.84, 0), answer(0.5, 0)])).toBe(0);
  });

  test("is no clean little thing that lies on ragged ground", () => {
    expect(chooseAnswer([answer(0.9, 20, 100_000), answer(0.89, 0, 1999)])).toBe(0);
    expect(chooseAnswer([answer(0.9, 20, 100_000), answer(0.89, 0, 2000)])).toBe(1);
  });

  test("stays the first where nothing is known of specks", () => {
    expect(chooseAnswer([answer(0.9), answer(0.89, 0)])).toBe(0);
    expect(chooseAnswer([answer(0.9, 9), answer(0.89)])).toBe(0);
    expect(chooseAnswer([])).toBe(0);
  });
});
