import {
  type Box,
  type Candidate,
  type Embedding,
  type EmbedOptions,
  type EngineInfo,
  type EngineOptions,
  type FirstLook,
  fromWireError,
  type GenerateOptions,
  type Looked,
  type MaskUpdate,
  type ObjectMask,
  type Prediction,
  type PredictOptions,
  type Progress,
  type Prompt,
  type Raster,
  type Structure,
  type WireError,
} from "@masksmith/core";
import type { WatchedApi } from "./workerLife.js";

/** What crosses between the page and the engine's worker. Errors go as values: a thrown one would lose its kind. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

export type StartRequest = Pick<EngineOptions, "backend" | "threads" | "encoder" | "cacheBytes" | "wasmBinary"> & {
  readonly manifest: unknown;
  readonly decoders?: DecoderThreads;
};

/** Workers that the engine's worker starts for automatic generation. */
export interface DecoderThreads {
  readonly count: number;
  /** The engine's own script: a worker of a page opened from disk may start others only from a blob it has itself. */
  readonly script: Blob;
}

/** What the page does for the worker, which can neither fetch nor store. */
export interface PageServices {
  readModelFile(name: string): Promise<Uint8Array>;
  getEmbedding(id: string): Promise<Float32Array | undefined>;
  setEmbedding(id: string, data: Float32Array): Promise<void>;
  getVerdict(key: string): Promise<string | undefined>;
  setVerdict(key: string, verdict: string): Promise<void>;
  progress(call: number, progress: Progress): void;
  /** What automatic generation has found since the last time. */
  masks(call: number, update: MaskUpdate): void;
  /** The document's pixels in a region, for a second look. */
  readRegion(call: number, region: Box<"document">): Promise<Raster>;
}

type Plain<T> = Omit<T, "signal" | "onProgress" | "onMasks">;

/** The worker's side. `call` numbers a call for progress. */
export interface WorkerApi extends WatchedApi {
  start(request: StartRequest, services: PageServices): Promise<Outcome<EngineInfo>>;
  embed(call: number, raster: Raster, options: Plain<EmbedOptions>): Promise<Outcome<Embedding>>;
  predict(
    call: number,
    embedding: Embedding,
    prompts: readonly Prompt[],
    options: Plain<PredictOptions>,
  ): Promise<Outcome<Prediction[]>>;
  generate(call: number, raster: Raster, options: Plain<GenerateOptions>): Promise<Outcome<ObjectMask[]>>;
  alternatives(
    call: number,
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
  ): Promise<Outcome<readonly Candidate[]>>;
  look(call: number, embedding: Embedding, prompt: Prompt, first: FirstLook): Promise<Outcome<Looked | undefined>>;
  /** Stops a `generate`, whose workers end at once, or an `alternatives`, between two runs of the model. */
  stop(call: number): Promise<void>;
  /** Tree, names and colours of masks: pure, but too long for the page's own thread. */
  structure(masks: readonly ObjectMask[], canvas: { width: number; height: number }): Promise<Outcome<Structure>>;
}

/** The value, or the worker's error as the page's own. */
export function fromWire<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw fromWireError(outcome.error);
}
