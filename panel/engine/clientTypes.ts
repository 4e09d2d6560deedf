import type { EngineInfo, GenerateOptions, ObjectMask, Progress } from "@masksmith/core";
import type { ReadOptions } from "../host.js";
import type { BackendPlan } from "./backends.js";
import type { DecoderThreads } from "./protocol.js";

/** Where embeddings outlive the worker: the page's store, or a view of it. */
export interface PageEmbeddings {
  get(id: string): Promise<Float32Array | undefined>;
  set(id: string, data: Float32Array): Promise<void>;
}

/** A model that the page can load: its manifest (unvalidated), and how its files are read; the caller owns the bytes. */
export interface PageModel {
  readonly manifest: unknown;
  readonly read: (file: string, options?: ReadOptions) => Promise<Uint8Array>;
}

/** What the client needs of the page it runs in. */
export interface EngineClientOptions {
  readonly spawn: (name: string) => Worker;
  /** Bytes of a file carried with the page; the caller owns them. */
  readonly loadAsset: (name: string) => Promise<Uint8Array>;
  /** The model in use; asked at every start of a worker. */
  readonly model: () => PageModel;
  /** Backends to try, best first; at least one. */
  readonly plan: () => Promise<readonly BackendPlan[]>;
  readonly embeddings: PageEmbeddings;
  /** Workers that automatic generation may start beside the engine's own; by default none, it runs in that. */
  readonly decoders?: DecoderThreads;
  readonly verdicts?: {
    get(key: string): Promise<string | undefined>;
    set(key: string, verdict: string): Promise<void>;
  };
  /** After this long without a call the worker ends and its memory with it; the next call starts another. */
  readonly idleMs?: number;
}

/** `resting`: ended to free memory, starts again on demand. */
export type EnginePhase = "off" | "starting" | "ready" | "resting" | "failed";

export interface EngineStatus {
  readonly phase: EnginePhase;
  readonly info: EngineInfo | null;
  /** Backends left behind, with the reason, oldest first. */
  readonly left: readonly string[];
  /** Of the start, while `phase` is `starting`. */
  readonly progress: Progress | null;
  /** Why it failed, in words a user may read. */
  readonly error: string | null;
}

/** What `EngineClient.generate` takes. */
export interface FindOptions extends Omit<GenerateOptions, "onMasks"> {
  /** All masks that stand so far, best first; called as they come. */
  readonly onMasks?: (masks: readonly ObjectMask[]) => void;
}
