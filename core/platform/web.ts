/** What pages and their workers bring. onnxruntime-web finds its binaries beside itself, or where the bundler has put them. */

/** The plain WASM build of onnxruntime-web. */
export const importWasm = () => import("onnxruntime-web/wasm");

/** The build with WebGPU. */
export const importWebgpu = () => import("onnxruntime-web/webgpu");

/** onnxruntime-web's own settings for a folder that serves its binaries: its scripts come with the bundle. */
export const pathsIn = (folder: string, binary: string): { readonly wasm: string } => ({ wasm: `${folder}${binary}` });

/** Starts the package's engine worker: one script a backend, so that a page loads no runtime it does not use. */
export const startWorker = (backend: "wasm" | "webgpu"): Worker =>
  backend === "webgpu"
    ? new Worker(new URL("../webgpuWorker.js", import.meta.url), { type: "module" })
    : new Worker(new URL("../worker.js", import.meta.url), { type: "module" });
