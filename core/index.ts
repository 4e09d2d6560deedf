export { unlessAborted } from "./aborts.js";
export * from "./auto/index.js";
export * from "./auto/structure/index.js";
export * from "./dataset/index.js";
export { type AdoptedModel, adoptModel, type ModelFacts, type Sanity } from "./engine/adopt.js";
export { serveDecoder } from "./engine/decoderWorker.js";
export { createEngine } from "./engine/engine.js";
export { serveEngine } from "./engine/engineWorker.js";
export { goldenCheck } from "./engine/goldenCheck.js";
export { switchEngine } from "./engine/switch.js";
export type {
  DecoderWorkers,
  EmbeddingStore,
  Engine,
  EngineInfo,
  EngineOptions,
  WorkerEngineOptions,
} from "./engine/types.js";
export type { Port, WorkerLike } from "./engine/wire.js";
export { createWorkerEngine } from "./engine/workerEngine.js";
export { type AnyWorker, workerLike } from "./engine/workerLike.js";
export {
  ERROR_KINDS,
  type ErrorKind,
  fromWireError,
  invalid,
  MasksmithError,
  messageOf,
  throwIfAborted,
  toWireError,
  type WireError,
} from "./errors.js";
export { box, point, size } from "./frames.js";
export * from "./mask/index.js";
export { type FoundGraph, type Proposal, proposeLayout } from "./model/adapters/index.js";
export { checkExternal } from "./model/checkGraph.js";
export { type FileVerdict, verifyModel } from "./model/files.js";
export type { VerdictStore } from "./model/golden.js";
export { type Manifest, MODEL_ID, MODEL_ID_WORDS, parseManifest } from "./model/manifest.js";
export { type MemoryNeed, memoryNeed, WASM_MEMORY } from "./model/memory.js";
export { type GraphInfo, readGraphInfo, type ValueInfo } from "./model/onnx/graph.js";
export { type ByteSource, bytesSource } from "./model/onnx/reader.js";
export { PUBLIC_MODELS, type PublicModel, type PublishedFile } from "./model/registry.js";
export { imageToDocument, modelToDocument } from "./prompt/transform.js";
export { validatePrompt } from "./prompt/validate.js";
export * from "./refine/index.js";
export type { NativeRuntime, OrtModule, OrtOptions } from "./runtime/ort.js";
export { type JobOptions, RunQueue } from "./runtime/queue.js";
export type { Signal } from "./signal.js";
export type * from "./types.js";
