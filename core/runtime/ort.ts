import type * as Ort from "onnxruntime-web";
import type { Backend } from "../engine/types.js";
import { MasksmithError } from "../errors.js";

export type OrtModule = typeof Ort;

/** How onnxruntime-web is to be started; see `EngineOptions`. */
export interface OrtOptions {
  readonly backend: Backend;
  readonly threads: number;
  readonly wasmBinary?: Uint8Array | undefined;
  readonly wasmPaths?: string | undefined;
}

/** The build in use and its thread count: one runtime a realm, its settings are fixed by the first start. */
let started: { readonly backend: Backend; readonly threads: number } | undefined;

/**
 * Imports the onnxruntime-web build for a backend and sets its environment. The WebGPU build runs its WASM kernels 1.6
 * to 3 times slower than the plain one, so it is loaded only where WebGPU is asked for. `#ort-wasm` (package.json) is the
 * plain build, or under Node its own: the browsers' build cannot start threads there.
 * @throws MasksmithError `state` if this realm already runs with other settings; a worker of its own may have its own.
 */
export async function loadOrt(options: OrtOptions): Promise<OrtModule> {
  const { backend, threads } = options;
  if (started && (started.backend !== backend || started.threads !== threads)) {
    throw new MasksmithError(
      "state",
      `onnxruntime already runs here as ${started.backend} with ${started.threads} thread(s); ` +
        `${backend} with ${threads} needs a worker of its own`,
    );
  }
  const ort: OrtModule = backend === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("#ort-wasm");
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  if (options.wasmBinary) ort.env.wasm.wasmBinary = options.wasmBinary;
  if (options.wasmPaths !== undefined) ort.env.wasm.wasmPaths = options.wasmPaths;
  return ort;
}

/** Called once the first session stands: from then on the realm's runtime is what it is. */
export function markStarted(options: OrtOptions): void {
  started ??= { backend: options.backend, threads: options.threads };
}
