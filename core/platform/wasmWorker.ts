import * as ort from "onnxruntime-web/wasm";

/** `#platform` of a page's worker: one build, imported at the top, since workers that Vite builds may not import later. */
export { pathsIn, startWorker } from "./inWorker.js";

export const importWasm = async () => ort;

export const importWebgpu = async () => {
  throw new Error("This worker is the other backend's");
};
