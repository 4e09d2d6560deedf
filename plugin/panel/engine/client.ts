import {
  type CallOptions,
  type Embedding,
  type EmbedOptions,
  type EngineInfo,
  type ErrorKind,
  type GenerateOptions,
  MasksmithError,
  type MaskUpdate,
  type ObjectMask,
  type Prediction,
  type PredictOptions,
  type Progress,
  type Prompt,
  type Raster,
  type Structure,
} from "@masksmith/core";
import { type Remote, transfer } from "comlink";
import { aborted, unlessAborted } from "./aborts.js";
import type { BackendPlan } from "./backends.js";
import { CallQueue } from "./callQueue.js";
import type { PageEmbeddingStore } from "./embeddingStore.js";
import { type DecoderThreads, fromWire, type Outcome, type PageServices, type WorkerApi } from "./protocol.js";
import { type ProgressListener, WorkerGone, WorkerLife } from "./workerLife.js";

/** What the client needs of the page it runs in. */
export interface EngineClientOptions {
  readonly spawn: (name: string) => Worker;
  /** Bytes of a file carried with the page; the caller owns them. */
  readonly loadAsset: (name: string) => Promise<Uint8Array>;
  /** The model's manifest (unvalidated) and the asset folder of its files, with a trailing slash. */
  readonly model: { readonly manifest: unknown; readonly folder: string };
  /** Backends to try, best first; at least one. */
  readonly plan: () => Promise<readonly BackendPlan[]>;
  readonly embeddings: PageEmbeddingStore;
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

const DEFAULT_IDLE_MS = 180_000;
const START_LIMIT_MS = 180_000;
const EMBED_LIMIT_MS = 600_000;
const PREDICT_LIMIT_MS = 120_000;
const GENERATE_LIMIT_MS = 3_600_000;
/** How long an aborted `generate` may take to stop; then its worker is ended. */
const STOP_LIMIT_MS = 60;
const RANK = { click: 0, embed: 1, preview: 2 } as const;

/** Names of onnxruntime's binary per backend among the page's assets. */
const RUNTIME_FILE = {
  wasm: "ort-wasm-simd-threaded.wasm",
  webgpu: "ort-wasm-simd-threaded.asyncify.wasm",
} as const;

/** What `EngineClient.generate` takes. */
export interface FindOptions extends Omit<GenerateOptions, "onMasks"> {
  /** All masks that stand so far, best first; called as they come. */
  readonly onMasks?: (masks: readonly ObjectMask[]) => void;
}

interface Call {
  readonly rank: number;
  readonly limitMs: number;
  /** Whether an abort ends the worker: the only way to stop a long run. A short one is left to finish unheard. */
  readonly long: boolean;
}

/**
 * The Engine's calls over a worker that may be ended, may die and may have to change its backend, without its user
 * noticing more than time: embeddings live in the page's store, prompts in the panel, so a new worker goes on.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #queue = new CallQueue();
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  readonly #progress = new Map<number, ProgressListener>();
  #status: EngineStatus = { phase: "off", info: null, left: [], progress: null, error: null };
  #plans: BackendPlan[] | undefined;
  #life: WorkerLife | undefined;
  readonly #updates = new Map<number, (update: MaskUpdate) => void>();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #starting: Promise<WorkerLife> | undefined;
  #generating = 0;
  #calls = 0;
  #closed = false;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  /** Calls the listener now and at every change; returns how to stop that. */
  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status);
    return () => this.#listeners.delete(listener);
  }

  /** Encodes a raster, or answers from memory or the page's store. An abort ends the worker within a moment. */
  embed(raster: Raster, options: EmbedOptions = {}): Promise<Embedding> {
    const { signal, onProgress, ...plain } = options;
    const call = { rank: RANK.embed, limitMs: EMBED_LIMIT_MS, long: true };
    return this.#call((api, id) => api.embed(id, raster, plain), call, { signal, onProgress });
  }

  /** Answers prompts. A call with a `lane` is a preview: it waits behind others and gives way to a newer one. */
  predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    const { signal, onProgress, ...plain } = options;
    const rank = options.lane === undefined ? RANK.click : RANK.preview;
    const call = { rank, limitMs: PREDICT_LIMIT_MS, long: false };
    return this.#call((api, id) => api.predict(id, embedding, prompts, plain), call, {
      signal,
      onProgress,
      lane: options.lane,
    });
  }

  /**
   * Finds all objects, beside other calls: its decoding has workers of its own. An abort is heard at once, and what works
   * stops within `STOP_LIMIT_MS`.
   */
  async generate(raster: Raster, options: FindOptions = {}): Promise<ObjectMask[]> {
    const { signal, onProgress, onMasks, ...plain } = options;
    const id = ++this.#calls;
    this.#generating++;
    if (onProgress) this.#progress.set(id, onProgress);
    const run = async (life: WorkerLife) => {
      if (onMasks) this.#updates.set(id, accumulate(onMasks));
      const stop = () => void this.#stop(life, id, answer);
      const answer = life.call<Outcome<ObjectMask[]>>(
        async (api) => api.generate(id, raster, plain),
        GENERATE_LIMIT_MS,
      );
      signal?.addEventListener("abort", stop, { once: true });
      return fromWire(await answer.finally(() => signal?.removeEventListener("abort", stop)));
    };
    try {
      return await unlessAborted(this.#persist(run, signal), signal);
    } finally {
      this.#progress.delete(id);
      this.#updates.delete(id);
      this.#generating--;
      this.#rest();
    }
  }

  /** Asks a worker to stop generating, and ends it if it does not listen: it may be in the middle of an encode. */
  async #stop(life: WorkerLife, id: number, answer: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => life.end("Finding objects was cancelled"), STOP_LIMIT_MS);
    await Promise.allSettled([life.call(async (api) => api.stop(id), STOP_LIMIT_MS), answer]);
    clearTimeout(timer);
  }

  /** Tree, names and colours of masks, computed off the page's thread. */
  structure(masks: readonly ObjectMask[], canvas: { width: number; height: number }): Promise<Structure> {
    const call = { rank: RANK.click, limitMs: PREDICT_LIMIT_MS, long: false };
    return this.#call(async (api) => api.structure(masks, canvas), call, {});
  }

  /** Starts the worker ahead of the first call. */
  async warmUp(signal?: AbortSignal): Promise<void> {
    await this.#queue.run(() => this.#started(), { signal, rank: RANK.click });
    this.#rest();
  }

  /** Ends the worker now; the next call starts another. */
  pause(): void {
    this.#life?.end("The engine rests");
    this.#life = undefined;
    if (this.#status.phase === "starting") this.#set({ phase: "resting", progress: null });
  }

  /** Leaves the present backend choice and plans anew at the next call, e.g. after the setting changed. */
  replan(): void {
    this.pause();
    this.#plans = undefined;
    this.#set({ phase: "off", left: [], error: null });
  }

  dispose(): void {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.pause();
    this.#listeners.clear();
  }

  #call<T>(
    work: (api: Remote<WorkerApi>, id: number) => Promise<Outcome<T>>,
    call: Call,
    options: OptionalCall,
  ): Promise<T> {
    const { signal, onProgress, lane } = options;
    const id = ++this.#calls;
    if (onProgress) this.#progress.set(id, onProgress);
    const run = () =>
      this.#persist(async (life) => fromWire(await life.call((api) => work(api, id), call.limitMs)), signal);
    const answer = this.#queue.run(() => (call.long ? this.#killable(run, signal) : run()), {
      signal,
      lane,
      rank: call.rank,
    });
    const heard = call.long ? answer : unlessAborted(answer, signal);
    return heard.finally(() => {
      this.#progress.delete(id);
      this.#rest();
    });
  }

  /** Runs work that an abort stops by ending the worker. */
  async #killable<T>(run: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const kill = () => this.pause();
    signal?.addEventListener("abort", kill, { once: true });
    try {
      return await run();
    } finally {
      signal?.removeEventListener("abort", kill);
    }
  }

  /** Tries again in a new worker: once after a crash, which may be chance, then on the next backend. */
  async #persist<T>(work: (life: WorkerLife) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let failures = 1; ; failures++) {
      if (signal?.aborted) throw aborted(signal);
      const life = await this.#started(signal);
      try {
        return await work(life);
      } catch (error) {
        if (signal?.aborted) throw aborted(signal);
        const kind: ErrorKind = error instanceof MasksmithError ? error.kind : "runtime";
        if (kind !== "runtime") throw error;
        life.end("The engine failed");
        const chance = error instanceof WorkerGone && failures === 1;
        const movedOn = !chance && this.#leaveBackend(messageOf(error));
        if (!movedOn && failures > 1) throw new MasksmithError("runtime", messageOf(error), { cause: error });
      }
    }
  }

  /** The living worker, or a new one on the best backend left. */
  async #started(signal?: AbortSignal): Promise<WorkerLife> {
    if (this.#closed) throw new MasksmithError("state", "The engine is closed");
    clearTimeout(this.#idle);
    if (this.#life && !this.#life.ended && !this.#starting) return this.#life;
    // One start serves all who wait for it; who did not cancel it starts over.
    this.#starting ??= this.#startAny(signal).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting.catch((error: unknown) => {
      const others = error instanceof MasksmithError && error.kind === "aborted" && !signal?.aborted;
      if (others) return this.#started(signal);
      throw error;
    });
  }

  async #startAny(signal?: AbortSignal): Promise<WorkerLife> {
    this.#plans ??= [...(await this.#options.plan())];
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      const plan = this.#plans[0]!;
      try {
        return await this.#startOn(plan);
      } catch (error) {
        if (signal?.aborted) throw aborted(signal);
        const retry = isTransient(error) && this.#leaveBackend(messageOf(error));
        if (retry) continue;
        this.#set({ phase: "failed", progress: null, error: messageOf(error) });
        throw error instanceof MasksmithError
          ? error
          : new MasksmithError("runtime", messageOf(error), { cause: error });
      }
    }
  }

  async #startOn(plan: BackendPlan): Promise<WorkerLife> {
    const { loadAsset, model, spawn, decoders } = this.#options;
    this.#set({ phase: "starting", progress: { stage: "Starting the engine", fraction: 0 }, error: null });
    const life = new WorkerLife(spawn, () => {
      if (this.#life === life && this.#status.phase === "ready") this.#set({ phase: "resting" });
    });
    this.#life = life;
    try {
      const wasmBinary = await loadAsset(RUNTIME_FILE[plan.backend]);
      const { backend, threads } = plan;
      const request = transfer(
        { manifest: model.manifest, backend, threads, wasmBinary, ...(decoders ? { decoders } : {}) },
        [wasmBinary.buffer],
      );
      const info = await life.start(request, this.#services(), START_LIMIT_MS);
      this.#set({ phase: "ready", info: { ...info, reason: plan.reason }, progress: null });
      return life;
    } catch (error) {
      life.end("The engine did not start");
      throw error;
    }
  }

  /** Goes on to the next backend; false if there is none. */
  #leaveBackend(why: string): boolean {
    const [plan, ...rest] = this.#plans ?? [];
    if (!plan || rest.length === 0) return false;
    this.#plans = rest;
    this.#set({ left: [...this.#status.left, `${planName(plan)}: ${why}`] });
    return true;
  }

  #services(): PageServices {
    const { loadAsset, model, embeddings, verdicts } = this.#options;
    return {
      readModelFile: async (name) => {
        const bytes = await loadAsset(model.folder + name);
        return transfer(bytes, [bytes.buffer]);
      },
      getEmbedding: (id) => embeddings.get(id),
      setEmbedding: (id, data) => embeddings.set(id, data),
      getVerdict: async (key) => verdicts?.get(key),
      setVerdict: async (key, verdict) => verdicts?.set(key, verdict),
      progress: (call, progress) => {
        if (call === 0 && this.#status.phase === "starting") this.#set({ progress });
        this.#progress.get(call)?.(progress);
      },
      masks: (call, update) => this.#updates.get(call)?.(update),
    };
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#closed) return;
    this.#idle = setTimeout(() => {
      if (!this.#queue.busy && this.#generating === 0) this.pause();
    }, this.#options.idleMs ?? DEFAULT_IDLE_MS);
  }

  #set(change: Partial<EngineStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

/** Turns updates into all masks that stand, best first. */
function accumulate(onMasks: (masks: readonly ObjectMask[]) => void): (update: MaskUpdate) => void {
  const known = new Map<number, ObjectMask>();
  return ({ added, removed }) => {
    for (const id of removed) known.delete(id);
    for (const mask of added) known.set(mask.id, mask);
    onMasks([...known.values()].sort((a, b) => b.predictedIou - a.predictedIou));
  };
}

interface OptionalCall {
  readonly signal?: CallOptions["signal"] | undefined;
  readonly onProgress?: CallOptions["onProgress"] | undefined;
  readonly lane?: string | undefined;
}

/** A backend in words: what it runs on. */
export function planName(plan: Pick<BackendPlan, "backend" | "threads">): string {
  if (plan.backend === "webgpu") return "WebGPU";
  return plan.threads > 1 ? `WebAssembly on ${plan.threads} threads` : "WebAssembly on one thread";
}

/** Whether another backend may fare better: a damaged model or a wrong argument is the same everywhere. */
function isTransient(error: unknown): boolean {
  return !(error instanceof MasksmithError) || error.kind === "runtime";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
