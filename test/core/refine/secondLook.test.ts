import { box, type Candidate, point, type Raster, readerOf, rleIou, takeSecondLook } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { boxCandidate, embeddingOf, FakeEngine } from "./fakeEngine.js";

const document: Raster = { width: 1000, height: 800, channels: 3, data: new Uint8Array(2_400_000) };
const embedding = embeddingOf(1000, 800);
const BOX = [300, 300, 400, 350] as const;
const prompt = { box: box("document", ...BOX) };
const first = { ...boxCandidate(embedding, BOX), specks: 2 };

/** The second look that answers with this box, whatever it is asked. */
const answering = (bounds: readonly [number, number, number, number], more: Partial<Candidate> = {}) =>
  new FakeEngine((_, seen) => [{ ...boxCandidate(seen, bounds), ...more }]);
const look = (engine: FakeEngine, asked: Parameters<typeof takeSecondLook>[3], before: Candidate = first) =>
  takeSecondLook(engine, readerOf(document), embedding, asked, before);

describe("a second look at a box", () => {
  test("counts where it fills the box as well as the first", async () => {
    expect(await look(answering([300, 300, 398, 350]), prompt)).toBeDefined();
  });

  test("is dropped where it fills the box less", async () => {
    expect(await look(answering([300, 300, 385, 345]), prompt)).toBeUndefined();
    expect(await look(answering([280, 280, 410, 370]), prompt)).toBeUndefined();
  });

  test("finds what the box was drawn around where the first missed it, and is dropped where it merely saw something else", async () => {
    const missed = { ...boxCandidate(embedding, [340, 310, 360, 330]), specks: 0 };
    expect(await look(answering([300, 300, 398, 350]), prompt, missed)).toBeDefined();
    const near = { ...boxCandidate(embedding, [300, 300, 376, 350]), specks: 0 };
    expect(await look(answering([324, 300, 400, 350]), prompt, near)).toBeUndefined();
  });

  test("is dropped where it is more ragged than the first", async () => {
    const ragged = new FakeEngine((_, seen) => {
      const candidate = boxCandidate(seen, BOX);
      const { width, data } = candidate.logits;
      const middle = data.findIndex((value) => value > 0) + 12 * width + 10;
      for (let k = 0; k < 5; k++)
        for (let i = 0; i < 4; i++) data[middle + 8 * (k % 3) * width + 8 * (k > 2 ? 1 : 0) + i] = -8;
      return [candidate];
    });
    expect(await look(ragged, prompt, { ...first, specks: 2 })).toBeDefined();
    expect(await look(ragged, prompt, { ...first, specks: 1 })).toBeUndefined();
  });
});

describe("a second look at a click", () => {
  const click = { foreground: [point("document", 350, 325)] };

  test("asks once, with the click, the first answer and its bounds", async () => {
    const [x, y, width, height] = first.bbox;
    const engine = answering(BOX, { predictedIou: 0.95 });
    const found = await look(engine, click);
    expect(engine.asked.flat()).toEqual([
      { ...click, box: box("document", x, y, x + width, y + height), mask: first.mask, multimask: true },
    ]);
    expect(rleIou(found!.candidate.mask, first.mask)).toBeGreaterThan(0.9);
  });

  test("takes of the answers the one nearest the first, however sure the model is of another", async () => {
    const engine = new FakeEngine((_, seen) => [
      { ...boxCandidate(seen, [250, 250, 450, 400]), predictedIou: 1 },
      { ...boxCandidate(seen, [300, 300, 400, 350]), predictedIou: 0.95 },
    ]);
    const found = await look(engine, click);
    expect(rleIou(found!.candidate.mask, first.mask)).toBeGreaterThan(0.8);
  });

  test("is dropped where it sees something else, or the model trusts it no more", async () => {
    expect(await look(answering([300, 300, 376, 350], { predictedIou: 1 }), click)).toBeUndefined();
    expect(await look(answering(BOX, { predictedIou: 0.89 }), click)).toBeUndefined();
    expect(await look(answering(BOX, { predictedIou: 0.95, stabilityScore: 0.5 }), click)).toBeUndefined();
  });
});
