import { expect, test } from "vitest";
import { answerNames, describeAnswer, describeStep } from "../../../../panel/session/answering/index.js";
import { candidate, DOCUMENT } from "../../support.js";

const candidates = [candidate(1, 600), candidate(2, 144), candidate(3, 6)];

test("an answer is said with its size, and how to reach the others if there are any", () => {
  expect(describeAnswer("Cup", { candidates, chosen: 1 }, DOCUMENT)).toBe(
    "Cup: 12 percent of the image. 3 suggestions. Press comma for a smaller one, period for a larger one.",
  );
  expect(describeAnswer("Cup", { candidates: candidates.slice(0, 1), chosen: 0 }, DOCUMENT)).toBe(
    "Cup: 50 percent of the image.",
  );
});

test("a step is said with its way, its place among the answers and its size", () => {
  const shown = (chosen: number) => ({ candidates, chosen });
  expect(describeStep(shown(2), shown(1), DOCUMENT)).toBe("Larger suggestion, 2 of 3: 12 percent of the image.");
  expect(describeStep(shown(1), shown(2), DOCUMENT)).toBe(
    "Smaller suggestion, 1 of 3: less than one percent of the image.",
  );
});

test("answers are named by size, the whole last", () => {
  expect([1, 2, 3, 4].map(answerNames)).toEqual([
    ["Object"],
    ["Part", "Whole"],
    ["Sub-part", "Part", "Whole"],
    ["Sub-part", "Part", "Large part", "Whole"],
  ]);
  expect(answerNames(5)).toEqual(["Sub-part", "Sub-part", "Part", "Large part", "Whole"]);
});
