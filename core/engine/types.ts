import type { GenerateOptions } from "../auto/generate.js";
import type { VerdictStore } from "../model/golden.js";
import type { NativeRuntime } from "../runtime/ort.js";
import type {
  Backend,
  CallOptions,
  Embedding,
  EmbedOptions,
  EngineBackend,
  ModelSource,
  ObjectMask,
  Prediction,
  PredictOptions,
  Prompt,
  Raster,
} from "../types.js";
import type { WorkerLike } from "./wire.js";

/** Workers for automatic generation. */
export interface DecoderWorkers {
  /** Starts a worker that does nothing but `serveDecoder`. */
  readonly spawn: () => WorkerLike;
  /** How many run at most; each takes about 300 MB. */
  readonly size: number;
}

export interface EngineInfo<Where extends EngineBackend = Backend> {
  /** `mark` tells it from other models of that id and version. */
  readonly model: { readonly id: string; readonly name: string; readonly version: string; readonly mark: string };
  readonly encoder: string;
  readonly backend: Where;
  /** Why this backend runs, in words a user may see. */
  readonly reason: string;
  readonly threads: number;
}

/** The one object a host talks to. Calls queue up; at most one inference runs at a time. */
export interface Engine<Where extends EngineBackend = Backend> {
  readonly info: EngineInfo<Where>;
  /** Encodes a raster, or answers from the cache. @throws MasksmithError `input`, `runtime`, `aborted`. */
  embed(raster: Raster, options?: EmbedOptions): Promise<Embedding>;
  /** Answers prompts on one embedding in as few decoder runs as their shapes allow; same order as asked. */
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
  /**
   * Finds every object of a picture, over the pool of workers if there is one; see `AutoOptions`. Cancelling ends the workers
   * at once. The picture's embedding stays in the cache, for clicks.
   * @throws MasksmithError `input`, `runtime`, `aborted`.
   */
  generate(raster: Raster, options?: GenerateOptions): Promise<ObjectMask[]>;
  /** Whether the embedding's tensors are still held. */
  holds(embedding: Embedding): boolean;
  /** Drops an embedding's tensors now. */
  release(embedding: Embedding): void;
  /** Ends all sessions and frees their memory. Later calls reject with `state`. */
  dispose(): Promise<void>;
}

export interface EngineOptions<Where extends EngineBackend = Backend> extends CallOptions {
  readonly model: ModelSource;
  /** Default `wasm`. */
  readonly backend?: Where;
  /** Key of the manifest's `encoders`. Default `fast` where the backend may run it, else `precise`. */
  readonly encoder?: string;
  /** Threads. Default 1: more need SharedArrayBuffer on `wasm`; on `native` they are for the taking. */
  readonly threads?: number;
  /** Bytes the embedding cache may hold. Default 256 MB. */
  readonly cacheBytes?: number;
  /** onnxruntime-web's own .wasm file, for bundles that carry it as bytes; by default the runtime finds it beside itself. */
  readonly wasmBinary?: Uint8Array;
  /** Or the folder (URL, with trailing slash) that serves onnxruntime-web's files. */
  readonly wasmPaths?: string;
  /** Remembers golden-check verdicts between starts (keys and values are short strings). Default: nothing is remembered. */
  readonly verdicts?: VerdictStore;
  /** Workers that `generate` spreads over. Default: none, it runs in this thread and gives the same result. */
  readonly workers?: DecoderWorkers;
  /** Runs backend `native`; the core has none of its own. */
  readonly native?: NativeRuntime;
  /** Keeps embeddings beyond this engine's life, e.g. for one that replaces it. Default: nothing is kept. */
  readonly embeddings?: EmbeddingStore;
}

/**
 * Where embeddings are kept outside an engine, by `Embedding.id`: float32 [C, H, W] of the model's embedding shape, followed
 * by the values of its finer features, if it has such. It is a cache: `get` may forget, `set` may fail silently. An engine that holds no tensors for an embedding asks it.
 */
export interface EmbeddingStore {
  get(id: string): Promise<Float32Array | undefined>;
  set(id: string, data: Float32Array): Promise<void>;
}
