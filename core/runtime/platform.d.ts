/** The package import `#platform`: `core/platform/web.ts` or `core/platform/node.ts`, by where the core runs (package.json). */
import type * as Ort from "onnxruntime-web";

export function importWasm(): Promise<typeof Ort>;
export function importWebgpu(): Promise<typeof Ort>;
export function pathsIn(folder: string, binary: string): string | { readonly wasm: string };
/** Starts the package's own worker for a backend; see `workerLike`. */
export function startWorker(backend: "wasm" | "webgpu"): object;
