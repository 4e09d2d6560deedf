import {
  box,
  type Candidate,
  finishAnswer,
  localTools,
  logitsToSoft,
  NO_CLEAN_UP,
  type Raster,
  refineAnswer,
  rleToSoft,
  softToRle,
  sourceOf,
} from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { boxCandidate, embeddingOf, FakeEngine } from "./fakeEngine.js";

const picture: Raster = { width: 400, height: 300, channels: 3, data: new Uint8Array(360_000).fill(90) };
const embedding = embeddingOf(400, 300);
const BOX = [100, 80, 220, 200] as const;
const prompt = { box: box("document", ...BOX) };
const own = boxCandidate(embedding, BOX);
const first: Candidate = { ...own, soft: logitsToSoft(own.logits, embedding.placement, 0) };
const engine = () => new FakeEngine((_, seen) => [boxCandidate(seen, [101, 80, 220, 200])]);

async function refined(settings: Partial<Parameters<typeof refineAnswer>[1]>, on = engine(), current = true) {
  const tools = localTools(on);
  const source = { ...sourceOf(picture, first), current };
  const all = { secondLook: false, edges: "off", ...settings } as const;
  const made = await refineAnswer({ candidate: first, asked: { embedding, prompt } }, all, source, tools);
  return { engine: on, made, done: await finishAnswer(made, { cleanUp: NO_CLEAN_UP }, source, tools) };
}

describe("one pipeline refines answers", () => {
  test.each(["off", "crisp", "natural", "hair"] as const)(
    "the mask that is written is the one that is painted, with edges %s",
    async (edges) => {
      const { done } = await refined({ edges });
      expect(done.soft!.data.some((value) => value > 0 && value < 255)).toBe(true);
      expect(softToRle(done.soft!, picture).counts).toEqual(done.mask.counts);
    },
  );

  test("looks a second time only where it is asked to and the pixels are those of the first", async () => {
    expect((await refined({ secondLook: false })).engine.embedded).toHaveLength(0);
    expect((await refined({ secondLook: true }, engine(), false)).engine.embedded).toHaveLength(0);
    const looked = await refined({ secondLook: true });
    expect(looked.engine.embedded).toHaveLength(1);
    expect(looked.made.candidate.mask.counts).not.toEqual(first.mask.counts);
  });

  test("a second look that is no better changes nothing", async () => {
    const elsewhere = new FakeEngine((_, seen) => [boxCandidate(seen, [10, 10, 60, 60])]);
    const { made } = await refined({ secondLook: true }, elsewhere);
    expect(made.candidate).toBe(first);
  });

  test("without the pixels it was found in an answer keeps the model's own soft edges", async () => {
    const { made } = await refined({ edges: "natural" }, engine(), false);
    expect(made.soft).toBe(first.soft);
  });

  test("the clean-up begins from the model's own soft edges where there are no better", async () => {
    const { soft, ...bare } = first;
    const source = sourceOf(picture, first);
    const cleanUp = { ...NO_CLEAN_UP, shift: 4 };
    const grown = await finishAnswer({ candidate: bare, soft: null }, { cleanUp }, source, localTools(engine()));
    expect(grown.area).toBeGreaterThan(first.area);
    expect(rleToSoft(grown.mask).width).toBe(grown.bbox[2]);
  });
});
