import { goldenReport, judge } from "../model/golden.js";
import type { OrtOptions } from "../runtime/ort.js";
import type { EngineBackend, ModelSource } from "../types.js";
import { goldenSubject } from "./goldenSubject.js";
import { loadModel } from "./loaded.js";
import type { EngineOptions } from "./types.js";

/**
 * Loads a model and compares what it computes with its manifest's golden values, on any backend.
 * @throws MasksmithError `runtime` that says what differs by how much; `model` as `createEngine`.
 */
export async function goldenCheck(
  model: ModelSource,
  encoder: string,
  runtime: Pick<EngineOptions<EngineBackend>, "backend" | "threads" | "native">,
): Promise<void> {
  const { backend = "wasm", threads = 1, native } = runtime;
  const ortOptions: OrtOptions = { backend, threads, native };
  const loaded = await loadModel({ model, encoder }, ortOptions);
  try {
    judge(await goldenReport(goldenSubject(loaded), loaded.manifest, encoder), loaded.manifest, backend);
  } finally {
    await loaded.release();
  }
}
