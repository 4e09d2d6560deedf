import { Worker } from "node:worker_threads";

/** What Node, Bun and Deno bring. */

/** onnxruntime-web's build for Node: that for browsers cannot start threads there. */
export const importWasm = () => import("onnxruntime-web");

/** The build with WebGPU. */
export const importWebgpu = () => import("onnxruntime-web/webgpu");

/** onnxruntime-web's own settings for a folder with its files. */
export const pathsIn = (folder: string, _binary: string): string => folder;

/** Starts the package's engine worker. */
export const startWorker = (_backend: "wasm" | "webgpu"): Worker =>
  new Worker(new URL("../nodeWorker.js", import.meta.url));
