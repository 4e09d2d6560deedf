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
import type { AnyWorker } from "./workerLike.js";

/** Workers for automatic generation. */
export interface DecoderWorkers {
  /** Starts a worker that does nothing but `serveDecoder`. */
  readonly spawn: () => AnyWorker;
  /** How many run at most; each takes about 300 MB. */
  readonly size: number;
}

/** What an engine runs: model, encoder, backend, threads. */
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
  /**
   * Encodes a raster, or answers from the cache. Any size: the longer side is resized to the model's input (1024 for SAM). Takes
   * seconds with a new picture. `options.document` and `options.region` say where in the document the raster lies.
   * @throws MasksmithError `input` (raster, region), `state` (engine closed), `runtime`, `aborted`.
   * @example
   * const picture = { width: 64, height: 48, channels: 3, data: new Uint8Array(64 * 48 * 3).fill(200) } as const;
   * const embedding = await engine.embed(picture, { onProgress: ({ stage, fraction }) => console.log(stage, fraction) });
   * console.log(engine.holds(embedding)); // true
   */
  embed(raster: Raster, options?: EmbedOptions): Promise<Embedding>;
  /**
   * Answers prompts on one embedding in as few decoder runs as their shapes allow. Prompts are in document pixels; masks come in
   * document pixels too, one prediction a prompt, in the order asked.
   * @throws MasksmithError `input` (a prompt that says nothing, or lies outside the document, or whose mask has another size),
   * `state` (engine closed; the embedding is another model's or no longer held: embed again), `runtime`, `aborted`.
   * @example
   * const [click, framed] = await engine.predict(embedding, [
   *   { foreground: [point("document", 30, 20)] },
   *   { box: box("document", 10, 8, 50, 40) },
   * ]);
   * const best = click.candidates[click.recommended];
   * console.log(best.area, best.predictedIou, rleToCoco(best.mask), framed.candidates.length);
   */
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
  /**
   * Finds every object of a picture, over the pool of workers if there is one; see `AutoOptions`. Cancelling ends the workers
   * at once. The picture's embedding stays in the cache, for clicks.
   * @throws MasksmithError `input` (raster or option), `state` (engine closed), `runtime`, `aborted`.
   * @example
   * const objects = await engine.generate(picture, { auto: { pointsPerSide: 2 } });
   * for (const { mask, area, bbox, predictedIou } of objects) console.log(rleToCoco(mask).counts, area, bbox, predictedIou);
   */
  generate(raster: Raster, options?: GenerateOptions): Promise<ObjectMask[]>;
  /** Whether the embedding's tensors are still held, so that `predict` need not ask the store. Throws nothing. */
  holds(embedding: Embedding): boolean;
  /** Drops an embedding's tensors now; one that is not held is left alone. Throws nothing. */
  release(embedding: Embedding): void;
  /** Ends all sessions and frees their memory. Later calls reject with `state`. */
  dispose(): Promise<void>;
}

/** What `createEngine` takes. */
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
  /** Or the folder (URL, with trailing slash) that serves onnxruntime-web's files; of a page, its .wasm file alone. */
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

/** What `createWorkerEngine` takes. */
export interface WorkerEngineOptions extends Omit<EngineOptions, "native" | "workers"> {
  /** Starts a worker that calls `serveEngine`. Default: the package's own, which bundlers find. */
  readonly spawn?: () => AnyWorker;
}

/**
 * Where embeddings are kept outside an engine, by `Embedding.id`: float32 [C, H, W] of the model's embedding shape, followed
 * by the values of its finer features, if it has such. It is a cache: `get` may forget, `set` may fail silently. An engine that holds no tensors for an embedding asks it.
 */
export interface EmbeddingStore {
  /** What was kept under `id`, whole; undefined if nothing. */
  get(id: string): Promise<Float32Array | undefined>;
  /** Keeps a copy; `data` stays the engine's. */
  set(id: string, data: Float32Array): Promise<void>;
}
