import {
  adoptModel,
  bytesSource,
  createEngine,
  type Manifest,
  type ModelSource,
  point,
  proposeLayout,
  type Raster,
  readGraphInfo,
} from "@masksmith/core";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../support/bytes.js";
import { node, model as onnx } from "../../support/onnx.js";
import { official } from "../../support/tinyLayouts.js";

const FLOAT16 = 10;
const UINT8 = 2;
const FLOAT32 = 1;

/** 40x20, left half one colour, right half another. */
const PICTURE: Raster = {
  width: 40,
  height: 20,
  channels: 3,
  data: Uint8Array.from(
    { length: 2400 },
    (_, i) => (Math.floor(i / 3) % 40 < 20 ? [10, 20, 30] : [200, 150, 100])[i % 3],
  ),
};

let base: Manifest;
const read = (files: Readonly<Record<string, Uint8Array>>) => async (name: string) => files[name];
const listed = (files: Readonly<Record<string, Uint8Array>>) =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, { bytes: bytes.length, sha256: sha256(bytes) }]),
  );

beforeAll(async () => {
  const graphs = Object.entries(official).map(([file, bytes]) => ({ file, info: readGraphInfo(bytesSource(bytes)) }));
  const facts = { id: "tiny", name: "Tiny", provenance: "A test's.", files: listed(official) };
  const files = { read: read(official) };
  base = (await adoptModel(proposeLayout(graphs), facts, files, { backend: "wasm", threads: 1 })).manifest;
});

/** The tiny model with another encoder, and what its manifest then says of the input. */
function withEncoder(encoder: Uint8Array, change: (manifest: Manifest) => void): ModelSource {
  const files = { ...official, "sam_encoder.onnx": encoder };
  const manifest = structuredClone({ ...base, files: listed(files) }) as Manifest;
  change(manifest);
  return { manifest, read: read(files) };
}

/** What the decoder saw of the embedding's channels, at the upper left and upper right. */
async function seen(source: ModelSource): Promise<number[][]> {
  const engine = await createEngine({ model: source });
  const embedding = await engine.embed(PICTURE);
  const prompt = { foreground: [point("document", 1, 1)], multimask: true };
  const [prediction] = await engine.predict(embedding, [prompt], { logits: true, raw: true });
  await engine.dispose();
  const masks = [...prediction!.candidates].sort((a, b) => a.token - b.token).map(({ logits }) => logits!.data);
  return [0, 15].map((column) => masks.map((data) => data[column]));
}

const pool = (input: string, output: string) =>
  node("AveragePool", [input], [output], { kernel_shape: [16, 16], strides: [16, 16] });

describe("a picture is fed in the form that the manifest states", () => {
  test("bytes in rows, blue first, stretched, normalised by the graph", async () => {
    const encoder = onnx({
      inputs: [["x", [1, 64, 64, 3], UINT8]],
      outputs: [["features", [1, 3, 4, 4]]],
      nodes: [
        node("Cast", ["x"], ["values"], { to: FLOAT32 }),
        node("Transpose", ["values"], ["planes"], { perm: [0, 3, 1, 2] }),
        pool("planes", "features"),
      ],
    });
    const source = withEncoder(encoder, (manifest) => {
      const { input } = manifest.encoders.precise!;
      Object.assign(input, { type: "uint8", shape: [1, 64, 64, 3] });
      Object.assign(manifest.input, { aspect: "stretch", channels: "BGR", normalise: "graph", layout: "NHWC" });
    });
    expect(await seen(source)).toEqual([
      [30, 20, 10],
      [100, 150, 200],
    ]);
  });

  test("half precision in and out", async () => {
    const encoder = onnx({
      inputs: [["x", [1, 3, 64, 64], FLOAT16]],
      outputs: [["features", [1, 3, 4, 4], FLOAT16]],
      nodes: [
        node("Cast", ["x"], ["values"], { to: FLOAT32 }),
        pool("values", "pooled"),
        node("Cast", ["pooled"], ["features"], { to: FLOAT16 }),
      ],
    });
    const source = withEncoder(encoder, (manifest) => {
      manifest.encoders.precise!.input.type = "float16";
      manifest.encoders.precise!.output.type = "float16";
    });
    const { mean, std } = base.input;
    const [left, right] = await seen(source);
    for (const c of [0, 1, 2]) {
      expect(left![c]).toBeCloseTo(([10, 20, 30][c] - mean[c]) / std[c], 2);
      expect(right![c]).toBeCloseTo(([200, 150, 100][c] - mean[c]) / std[c], 2);
    }
  });

  test("padded with the value stated, on any side but the picture's", async () => {
    const source = withEncoder(official["sam_encoder.onnx"], (manifest) => {
      manifest.input.pad_value = -9;
    });
    const engine = await createEngine({ model: source });
    const embedding = await engine.embed(PICTURE);
    const prompt = { foreground: [point("document", 1, 1)], multimask: true };
    const [prediction] = await engine.predict(embedding, [prompt], { logits: true, raw: true });
    await engine.dispose();
    for (const { logits } of prediction!.candidates) expect(logits!.data[15 * 16 + 8]).toBeCloseTo(-9, 4);
  });
});
