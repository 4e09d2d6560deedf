import {
  box,
  type Candidate,
  type Embedding,
  encodeRle,
  type Prediction,
  type PredictOptions,
  type Prompt,
  size,
} from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { AnswerKeeper, type Predictor } from "../../../plugin/panel/session/answers.js";
import { HoverPreview } from "../../../plugin/panel/session/hover.js";
import {
  addAct,
  chooseCandidate,
  EMPTY_WORK,
  type PromptAct,
  setActive,
  type Work,
} from "../../../plugin/panel/state/index.js";

const WIDTH = 40;
const HEIGHT = 30;

function embedding(id: string, width = WIDTH): Embedding {
  const document = size("document", width, HEIGHT);
  const placement = {
    document,
    region: box("document", 0, 0, width, HEIGHT),
    image: size("image", width, HEIGHT),
    content: size("model", 1024, 768),
    input: 1024,
  };
  return { id, model: "m", encoder: "e", placement };
}

function candidate(token: number, area: number): Candidate {
  const bytes = new Uint8Array(WIDTH * HEIGHT).fill(1, 0, area);
  const logits = { width: 4, height: 4, data: new Float32Array(16).fill(token) };
  return {
    token,
    predictedIou: 0.9,
    stabilityScore: 0.9,
    area,
    bbox: [0, 0, 1, 1],
    mask: encodeRle(bytes, WIDTH, HEIGHT),
    logits,
  };
}

/** Answers at once or when told to; remembers what it was asked. */
class FakePredictor implements Predictor {
  readonly asked: { id: string; prompt: Prompt; options: PredictOptions | undefined }[] = [];
  hold = false;
  readonly held: (() => void)[] = [];
  error: Error | null = null;

  async predict(on: Embedding, [prompt]: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]> {
    this.asked.push({ id: on.id, prompt: prompt!, options });
    if (this.hold) await new Promise<void>((resolve) => this.held.push(resolve));
    if (this.error) throw this.error;
    const n = this.asked.length;
    return [{ candidates: [candidate(1, 100 + n), candidate(2, 50 + n), candidate(3, 10 + n)], recommended: 0 }];
  }
}

const pointAct = (x: number, foreground = true): PromptAct => ({ kind: "point", at: { x, y: 5 }, foreground });
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function start() {
  const engine = new FakePredictor();
  const keeper = new AnswerKeeper(engine);
  keeper.setEmbedding(embedding("a"));
  const show = (work: Work) => keeper.setObjects(work.objects);
  const areaOf = (work: Work) => {
    const answer = keeper.answers.value.get(work.objects[0]!.id)!;
    return answer.candidates[answer.chosen]!.area;
  };
  return { engine, keeper, show, areaOf };
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
    const { mask, foreground, background } = engine.asked[1]!.prompt;
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
    engine.held[1]!();
    await settle();
    const shown = keeper.answers.value.get(one.active!)!;
    engine.held[0]!();
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
    const { engine, keeper, show } = start();
    const hover = new HoverPreview(engine, keeper);
    keeper.preview = (on, steps) => hover.find(on, steps);
    engine.hold = true;
    const one = addAct(EMPTY_WORK, pointAct(3));
    void hover.ask(embedding("a"), one.objects[0]!.steps, { x: 3, y: 5 }, true);
    hover.clear();
    show(one);
    await settle();
    engine.held[0]!();
    await settle();
    expect(engine.asked).toHaveLength(1);
    expect(engine.asked[0]!.options!.lane).toBe("hover");
    expect(keeper.answers.value.get(one.active!)!.candidates).toHaveLength(3);
  });
});
