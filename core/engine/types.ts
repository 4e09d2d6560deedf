import type { AutoOptions } from "../auto/options.js";
import type { MaskUpdate } from "../auto/stream.js";
import type { ObjectMask } from "../auto/types.js";
import type { LowResLogits, Rle, SoftMask, XywhBox } from "../mask/types.js";
import type { Box, Placement, Point, Size } from "../prompt/frames.js";
import type { Raster } from "../raster.js";
import type { NativeRuntime } from "../runtime/ort.js";
import type { WorkerLike } from "./wire.js";

/** Where inference runs. `wasm` is the reference; any other backend is proven by the model's golden check before first use. */
export type EngineBackend = Backend | "native";

/** Backends of onnxruntime-web, which the core brings along. */
export type Backend = "wasm" | "webgpu";

/** What every engine call takes. All values that cross the engine survive a structured clone, but the signal and callback. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** `fraction` runs from 0 to 1 within one call; `stage` names the work in words a user may see. */
export interface Progress {
  readonly stage: string;
  readonly fraction: number;
}

/** A model as its package or a folder gives it: the manifest (unvalidated) and a reader for its files. */
export interface ModelSource {
  readonly manifest: unknown;
  read(file: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** For models on disk: lets a native runtime read a file itself, without a copy in memory. */
  local?(file: string): Promise<LocalFile>;
}

/** A model's file on disk. Closed by whoever asked for it. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** `length` bytes from `offset`, fewer at the end. */
  read(offset: number, length: number): Uint8Array;
  /** Hex digest of the whole file. */
  sha256(signal?: AbortSignal): Promise<string>;
  close(): void;
}

/** One encoded raster. A handle: the tensors stay in the engine, in a cache bounded in bytes. */
export interface Embedding {
  /** Content hash of the model input plus model id and encoder: equal pixels give equal ids. */
  readonly id: string;
  readonly model: string;
  readonly encoder: string;
  readonly placement: Placement;
}

export interface EmbedOptions extends CallOptions {
  /** Size of the document, if the raster is only a part or a reduced copy of it. Default: the raster's size. */
  readonly document?: Size<"document">;
  /** The part of the document that the raster shows, in document pixels. Default: the whole document. */
  readonly region?: Box<"document">;
}

/** What the user points at; one prompt is one object. At least one field must say something. */
export interface Prompt {
  readonly foreground?: readonly Point<"document">[];
  readonly background?: readonly Point<"document">[];
  readonly box?: Box<"document">;
  /**
   * An earlier answer: a candidate's `logits`, or any binary mask of the document, which is turned into logits (and, without
   * a box, brings its bounds as box).
   */
  readonly mask?: LowResLogits | Rle;
  /**
   * true: the model's ambiguity candidates (whole, part, sub-part). false: its single answer.
   * Default as in the original: candidates for a lone point, the single answer once a box or several points say more.
   */
  readonly multimask?: boolean;
}

export interface PredictOptions extends CallOptions {
  /** Give each candidate's low-res logits too (256 KB each), to be used as the next prompt's `mask`. Default false. */
  readonly logits?: boolean;
  /** Give soft coverage of the mask's bounds too. Default false. */
  readonly soft?: boolean;
  /** Calls of one lane supersede each other while they wait: only the latest runs, older ones reject with `aborted`. */
  readonly lane?: string;
}

/** One answer to a prompt. */
export interface Candidate {
  /** Index of the mask token that gave it (0: the single-mask token). */
  readonly token: number;
  /** The model's own guess of the IoU; may exceed 1. */
  readonly predictedIou: number;
  /** IoU of the mask cut at threshold +/- offset; 0..1 (`calculate_stability_score` of the original). */
  readonly stabilityScore: number;
  /** Pixels of the mask. */
  readonly area: number;
  readonly bbox: XywhBox;
  readonly mask: Rle;
  readonly soft?: SoftMask;
  readonly logits?: LowResLogits;
}

/** All answers to one prompt, best first; `recommended` is the index of the one to show. */
export interface Prediction {
  readonly candidates: readonly Candidate[];
  readonly recommended: number;
}

export interface GenerateOptions extends CallOptions {
  /** Settings of the search; by default the official generator's. */
  readonly auto?: AutoOptions;
  /** Size of the document, if the raster is a reduced copy of it. Default: the raster's size. */
  readonly document?: Size<"document">;
  /** Hears of masks as they are found, and of those that better ones suppress. */
  readonly onMasks?: (update: MaskUpdate) => void;
}

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

/** Where verdicts of backend golden checks are kept, e.g. a file or the page's storage. May fail silently: it is a cache. */
export interface VerdictStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, verdict: string): Promise<void>;
}

/**
 * Where embeddings are kept outside an engine, by `Embedding.id`: float32 [C, H, W] of the model's embedding shape, followed
 * by the values of its finer features, if it has such. It is a cache: `get` may forget, `set` may fail silently. An engine that holds no tensors for an embedding asks it.
 */
export interface EmbeddingStore {
  get(id: string): Promise<Float32Array | undefined>;
  set(id: string, data: Float32Array): Promise<void>;
}
