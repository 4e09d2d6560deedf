import { box, encodeRle, type Prediction, point, type Rle, recommend } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { candidateOf, embeddingOf, FakeEngine } from "./fakeEngine.js";

const SIZE = 100;
const embedding = embeddingOf(SIZE, SIZE);

/** A filled rectangle of a 100x100 document. */
function rectangle(x0: number, y0: number, x1: number, y1: number): Rle {
  const bytes = new Uint8Array(SIZE * SIZE);
  for (let y = y0; y < y1; y++) bytes.fill(1, y * SIZE + x0, y * SIZE + x1);
  return encodeRle(bytes, SIZE, SIZE);
}

const part = rectangle(40, 40, 60, 60);
const whole = rectangle(20, 20, 80, 80);
const predictionOf = (...masks: readonly Rle[]): Prediction => ({
  candidates: masks.map((mask, i) => candidateOf(mask, i + 1, 1 - i / 10)),
  recommended: 0,
});
const click = { foreground: [point("document", 50, 50)] };

describe("recommend, one click", () => {
  test("asks six prompts at most, all in one call, around the click", async () => {
    const engine = new FakeEngine(() => [candidateOf(whole)]);
    await recommend(engine, embedding, click, predictionOf(part, whole));
    expect(engine.asked).toHaveLength(1);
    expect(engine.asked[0].length).toBeLessThanOrEqual(6);
    for (const { foreground } of engine.asked[0]) {
      const [at] = foreground!;
      expect(Math.hypot(at!.x - 50, at!.y - 50)).toBeGreaterThan(0);
      expect(Math.hypot(at!.x - 50, at!.y - 50)).toBeLessThanOrEqual(3);
    }
  });

  test("prefers the mask that the neighbours answer too, though the model likes another better", async () => {
    let turn = 0;
    const elsewhere = () => rectangle(5 * turn, 0, 5 * ++turn, 5);
    const engine = new FakeEngine(() => [candidateOf(elsewhere()), candidateOf(whole)]);
    const { candidates, recommended } = await recommend(engine, embedding, click, predictionOf(part, whole));
    expect(candidates[recommended].mask).toEqual(whole);
  });

  test("prefers the larger of two that the neighbours confirm alike", async () => {
    const engine = new FakeEngine(() => [candidateOf(part), candidateOf(whole)]);
    const { candidates } = await recommend(engine, embedding, click, predictionOf(part, whole));
    expect(candidates.map(({ mask }) => mask)).toEqual([whole, part]);
  });

  test("finds a whole that the click missed but its neighbours agree on, and keeps the model's own behind it", async () => {
    const wide = rectangle(10, 10, 90, 90);
    const engine = new FakeEngine(() => [candidateOf(rectangle(10, 10, 90, 90))]);
    const first = predictionOf(part, rectangle(45, 45, 55, 55));
    const { candidates } = await recommend(engine, embedding, click, first);
    expect(candidates[0].mask).toEqual(wide);
    expect(candidates.slice(1)).toEqual(expect.arrayContaining([...first.candidates]));
  });

  test("never recommends what does not hold the click", async () => {
    const beside = rectangle(0, 0, 30, 100);
    const engine = new FakeEngine(() => [candidateOf(beside)]);
    const { candidates } = await recommend(engine, embedding, click, predictionOf(part, whole));
    expect([part, whole]).toContainEqual(candidates[0].mask);
  });

  test("keeps the clicks inside the document at its corners", async () => {
    const engine = new FakeEngine(() => [candidateOf(whole)]);
    const corner = { foreground: [point("document", 99.5, 0)] };
    await recommend(engine, embedding, corner, predictionOf(whole, rectangle(90, 0, 100, 10)));
    for (const { foreground } of engine.asked[0]) {
      expect(foreground![0].x).toBeLessThanOrEqual(SIZE);
      expect(foreground![0].y).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("recommend, other prompts", () => {
  test("prefers, for a box, the answer that fills it among those confirmed", async () => {
    const engine = new FakeEngine(() => [
      candidateOf(rectangle(40, 40, 60, 60), 1),
      candidateOf(rectangle(20, 20, 80, 80), 3),
    ]);
    const first = { candidates: [candidateOf(part, 0)], recommended: 0 };
    const around = { box: box("document", 20, 20, 80, 80) };
    const { candidates } = await recommend(engine, embedding, around, first);
    expect(engine.asked.flat().length).toBeLessThanOrEqual(6);
    expect(candidates[0].mask).toEqual(whole);
    expect(candidates).toHaveLength(3);
  });

  test.each([
    ["several points", { foreground: [point("document", 50, 50), point("document", 60, 60)] }],
    ["a background point", { ...click, background: [point("document", 5, 5)] }],
    ["a mask", { ...click, mask: whole }],
  ])("leaves %s as answered, without asking", async (_, prompt) => {
    const engine = new FakeEngine(() => [candidateOf(whole)]);
    const first = predictionOf(part);
    expect(await recommend(engine, embedding, prompt, first)).toBe(first);
    expect(engine.asked).toEqual([]);
  });
});
