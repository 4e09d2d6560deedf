import { describe, expect, test } from "vitest";
import { Answering } from "../../../../panel/session/answering/answering.js";
import { HoverPreview } from "../../../../panel/session/answering/hover.js";
import { Predictions } from "../../../../panel/session/answering/predictions.js";
import { addAct, chooseCandidate, EMPTY_WORK, setActive, type Work } from "../../../../panel/state/index.js";
import { ownClock } from "../../../support/clock.js";
import { candidate, embedding, FakePredictor, pointAct, settle, WIDTH } from "../../support.js";

ownClock();

function start() {
  const engine = new FakePredictor();
  const predictions = new Predictions(engine);
  const keeper = new Answering(predictions);
  const hover = new HoverPreview(predictions);
  keeper.setEmbedding(embedding("a"));
  const show = (work: Work) => keeper.setObjects(work.objects);
  const areaOf = (work: Work) => {
    const answer = keeper.answers.value.get(work.objects[0].id)!;
    return answer.candidates[answer.chosen].area;
  };
  return { engine, keeper, hover, show, areaOf };
}

describe("answers", () => {
  test("a second click corrects the chosen answer: its logits go along as mask prompt", async () => {
    const { engine, show } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle();
    const chosen = chooseCandidate(one, one.active!, 2);
    show(chosen);
    show(addAct(chosen, pointAct(9, false)));
    await settle();
    expect(engine.asked).toHaveLength(2);
    const { mask, foreground, background } = engine.asked[1].prompt;
    expect([foreground!.length, background!.length]).toEqual([1, 1]);
    expect((mask as { data: Float32Array }).data[0]).toBe(3);
  });

  test("undo, redo and choosing again ask nothing", async () => {
    const { engine, show, areaOf } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    const two = addAct(one, pointAct(9));
    show(one);
    await settle();
    show(two);
    await settle();
    const before = areaOf(two);
    show(one);
    expect(areaOf(one)).toBe(101);
    show(chooseCandidate(one, one.active!, 1));
    show(two);
    expect(areaOf(two)).toBe(before);
    expect(engine.asked).toHaveLength(2);
  });

  test("after a reload earlier steps are answered first, in order", async () => {
    const { engine, show } = start();
    show(addAct(addAct(addAct(EMPTY_WORK, pointAct(1)), pointAct(2)), pointAct(3)));
    await settle();
    expect(engine.asked.map(({ prompt }) => prompt.foreground!.length)).toEqual([1, 2, 3]);
    expect(engine.asked.map(({ prompt }) => prompt.mask !== undefined)).toEqual([false, true, true]);
  });

  test("a late answer to an old question is not shown", async () => {
    const { engine, keeper, show } = start();
    engine.hold = true;
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle();
    show(EMPTY_WORK);
    show(addAct(setActive(EMPTY_WORK, null), pointAct(20)));
    await settle();
    engine.held[1]();
    await settle();
    const shown = keeper.answers.value.get(one.active!)!;
    engine.held[0]();
    await settle();
    expect(keeper.answers.value.get(one.active!)).toBe(shown);
    expect(shown.asking).toBe(false);
  });

  test("objects begun before the picture changed stay on the picture they were begun on", async () => {
    const { engine, keeper, show, areaOf } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle();
    const area = areaOf(one);
    keeper.setEmbedding(embedding("b"));
    expect(areaOf(one)).toBe(area);
    show(addAct(one, pointAct(4)));
    await settle();
    expect(engine.asked.map(({ id }) => id)).toEqual(["a", "a"]);
    keeper.setEmbedding(embedding("cropped", WIDTH - 1));
    await settle();
    expect(engine.asked.at(-1)!.id).toBe("cropped");
  });

  test("a failure is said and keeps the last mask; trying again asks again", async () => {
    const { engine, keeper, show } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle();
    engine.error = new Error("out of memory");
    show(addAct(one, pointAct(4)));
    await settle();
    const failed = keeper.answers.value.get(one.active!)!;
    expect(failed).toMatchObject({ asking: false, error: "out of memory" });
    expect(failed.candidates).toHaveLength(3);
    engine.error = null;
    keeper.retry();
    await settle();
    expect(keeper.answers.value.get(one.active!)!.error).toBeNull();
  });

  test("the click takes the preview's answer, even one still under way", async () => {
    const { engine, keeper, hover, show } = start();
    engine.hold = true;
    const one = addAct(EMPTY_WORK, pointAct(3));
    void hover.show(embedding("a"), one.objects[0].steps, { x: 3, y: 5 }, true);
    hover.clear();
    show(one);
    await settle();
    engine.held[0]();
    await settle();
    expect(engine.asked).toHaveLength(1);
    expect(engine.asked[0].options!.lane).toBe("hover");
    expect(keeper.answers.value.get(one.active!)!.candidates).toHaveLength(3);
  });

  test("the preview shows the answer that a click shows: the recommended one", async () => {
    const { engine, hover, show, areaOf } = start();
    engine.recommended = 2;
    const one = addAct(EMPTY_WORK, pointAct(3));
    await hover.show(embedding("a"), one.objects[0].steps, { x: 3, y: 5 }, true);
    expect(hover.hover.value!.candidate.area).toBe(11);
    show(one);
    await settle();
    expect(areaOf(one)).toBe(11);
  });

  test("a press asks once and shows nothing; the click takes its answer", async () => {
    const { engine, keeper, hover, show } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    hover.prepare(embedding("a"), one.objects[0].steps);
    hover.prepare(embedding("a"), one.objects[0].steps);
    await settle();
    expect(hover.hover.value).toBeNull();
    show(one);
    await settle();
    expect(engine.asked).toHaveLength(1);
    expect(keeper.answers.value.get(one.active!)!.candidates).toHaveLength(3);
  });

  test("a press whose ask fails leaves the question to the click", async () => {
    const { engine, keeper, hover, show } = start();
    const one = addAct(EMPTY_WORK, pointAct(3));
    engine.error = new Error("out of memory");
    hover.prepare(embedding("a"), one.objects[0].steps);
    await settle();
    engine.error = null;
    show(one);
    await settle();
    expect(keeper.answers.value.get(one.active!)).toMatchObject({ asking: false, error: null });
  });
});

describe("alternatives", () => {
  /** Longer than the paint that goes before. */
  const FOUND_MS = 90;
  const extra = candidate(9, 300);

  test("come after the first answer, which stays the one that is shown", async () => {
    const { engine, keeper, show, areaOf } = start();
    engine.offers(async () => [extra]);
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle();
    const answer = () => keeper.answers.value.get(one.active!)!;
    expect(answer()).toMatchObject({ chosen: 0, asking: false, extending: true });
    const shown = areaOf(one);
    await settle(FOUND_MS);
    expect(answer()).toMatchObject({ chosen: 0, recommended: 0, extending: false });
    expect(answer().candidates.map(({ area }) => area)).toEqual([shown, 300]);
    expect(areaOf(one)).toBe(shown);
    keeper.offersAlternatives = false;
    expect(answer().candidates).toHaveLength(1);
    expect(engine.extended).toHaveLength(1);
  });

  test("are not asked for where the model gave several candidates", async () => {
    const { engine, keeper, show } = start();
    engine.offers(async () => [extra]);
    engine.count = 3;
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle(FOUND_MS);
    expect(engine.extended).toHaveLength(0);
    expect(keeper.answers.value.get(one.active!)).toMatchObject({ extending: false });
  });

  test("a newer act stops the search, and is answered first", async () => {
    const { engine, show } = start();
    let stopped = false;
    engine.offers(
      (signal) =>
        new Promise((_, reject) => {
          signal!.addEventListener("abort", () => {
            stopped = true;
            reject(new Error("aborted"));
          });
        }),
    );
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle(FOUND_MS);
    expect(engine.extended).toHaveLength(1);
    show(addAct(setActive(one, null), pointAct(20)));
    expect(stopped).toBe(true);
    await settle();
    expect(engine.asked).toHaveLength(2);
  });

  test("what the user chose stays, and a failure leaves the one answer", async () => {
    const { engine, keeper, show } = start();
    engine.offers(async () => Promise.reject(new Error("no")));
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle(FOUND_MS);
    expect(keeper.answers.value.get(one.active!)).toMatchObject({ chosen: 0, extending: false, error: null });
    engine.offers(async () => [extra, candidate(8, 200)]);
    const two = addAct(EMPTY_WORK, pointAct(7));
    show(two);
    await settle(FOUND_MS);
    show(chooseCandidate(two, two.active!, 2));
    await settle(FOUND_MS);
    expect(keeper.answers.value.get(two.active!)).toMatchObject({ chosen: 2 });
  });

  test("a click on one builds on it after a reload, too", async () => {
    const { engine, show } = start();
    engine.offers(async () => [extra]);
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(addAct(chooseCandidate(one, one.active!, 1), pointAct(9, false)));
    await settle(FOUND_MS);
    expect(engine.extended).toHaveLength(1);
    expect((engine.asked.at(-1)!.prompt.mask as { data: Float32Array }).data[0]).toBe(9);
  });
});
