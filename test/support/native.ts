import { availableParallelism } from "node:os";
import type { EngineBackend, EngineOptions } from "@masksmith/core";
import { loadNative } from "../../hosts/cli/src/native.js";

/** How an engine is to run a model. */
export type Runtime = Pick<EngineOptions<EngineBackend>, "backend" | "native" | "threads">;

/**
 * WebAssembly, and native where onnxruntime-node is installed or `MASKSMITH_ONNXRUNTIME_NODE` names its folder. Says so where it
 * is not; with `MASKSMITH_REQUIRE_NATIVE=1` that is an error.
 */
export async function runtimes(): Promise<readonly Runtime[]> {
  const found = await loadNative();
  if (found) {
    const native = { ort: found.ort, providers: ["cpu"], availableMemory: () => Number.POSITIVE_INFINITY };
    return [{ backend: "wasm" }, { backend: "native", native, threads: availableParallelism() }];
  }
  const words = "native is not compared: no onnxruntime-node (MASKSMITH_ONNXRUNTIME_NODE may name its folder)";
  if (process.env.MASKSMITH_REQUIRE_NATIVE === "1") throw new Error(words);
  process.stdout.write(`${words}\n`);
  return [{ backend: "wasm" }];
}
