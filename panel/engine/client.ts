import {
  type CallOptions,
  type Candidate,
  type Embedding,
  type EmbedOptions,
  type FirstLook,
  type Looked,
  type MaskUpdate,
  type ObjectMask,
  type Prediction,
  type PredictOptions,
  type Prompt,
  type Raster,
  type RegionReader,
  RunQueue,
  type Structure,
  unlessAborted,
} from "@masksmith/core";
import type { Remote } from "comlink";
import type { EngineClientOptions, EngineStatus, FindOptions, PageModel } from "./clientTypes.js";
import { fromWire, type Outcome, type PageServices, type WorkerApi } from "./protocol.js";
import { type EngineLife, WorkerKeeper } from "./workerKeeper.js";
import type { ProgressListener } from "./workerLife.js";

const DEFAULT_IDLE_MS = 180_000;
const EMBED_LIMIT_MS = 600_000;
const PREDICT_LIMIT_MS = 120_000;
const GENERATE_LIMIT_MS = 3_600_000;
/** How long an aborted `generate` may take to stop; then its worker is ended. */
const STOP_LIMIT_MS = 60;
const RANK = { click: 0, embed: 1, second: 2, preview: 3 } as const;

interface Call {
  readonly rank: number;
  readonly limitMs: number;
  /** What an abort does to a call that runs: ends the worker, asks it to stop between two runs, or lets it finish unheard. */
  readonly abort: "end" | "stop" | "leave";
}

/**
 * The Engine's calls over a worker that may be ended, may die and may have to change its backend, without its user
 * noticing more than time: embeddings live in the page's store, prompts in the panel, so a new worker goes on.
 */
export class EngineClient {
  readonly #keeper: WorkerKeeper;
  readonly #idleMs: number;
  readonly #queue = new RunQueue();
  readonly #progress = new Map<number, ProgressListener>();
  readonly #updates = new Map<number, (update: MaskUpdate) => void>();
  readonly #readers = new Map<number, RegionReader>();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #generating = 0;
  #calls = 0;

  constructor(options: EngineClientOptions) {
    this.#keeper = new WorkerKeeper(options, this.#services(options));
    this.#idleMs = options.idleMs ?? DEFAULT_IDLE_MS;
  }

  get status(): EngineStatus {
    return this.#keeper.status;
  }

  /** Calls the listener now and at every change; returns how to stop that. */
  onStatus(listener: (status: EngineStatus) => void): () => void {
    return this.#keeper.onStatus(listener);
  }

  /** Encodes a raster, or answers from memory or the page's store. An abort ends the worker within a moment. */
  embed(raster: Raster, options: EmbedOptions = {}): Promise<Embedding> {
    const { signal, onProgress, ...plain } = options;
    const call = { rank: RANK.embed, limitMs: EMBED_LIMIT_MS, abort: "end" } as const;
    return this.#call((api, id) => api.embed(id, raster, plain), call, { signal, onProgress });
  }

  /** Answers prompts. A call with a `lane` is a preview: it waits behind others and gives way to a newer one. */
  predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    const { signal, onProgress, lane, ...plain } = options;
    const rank = lane === undefined ? RANK.click : RANK.preview;
    const call = { rank, limitMs: PREDICT_LIMIT_MS, abort: "leave" } as const;
    return this.#call((api, id) => api.predict(id, embedding, prompts, plain), call, { signal, onProgress, lane });
  }

  /** Finds what else the model answers to a prompt. An abort lets a click in at once. */
  alternatives(
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly Candidate[]> {
    // Logits are large, and only masks are compared.
    const candidates = first.candidates.map(({ logits, soft, ...candidate }): Candidate => candidate);
    const call = { rank: RANK.second, limitMs: PREDICT_LIMIT_MS, abort: "stop" } as const;
    const work = async (api: Remote<WorkerApi>, id: number) =>
      api.alternatives(id, embedding, prompt, { ...first, candidates });
    return this.#call(work, call, { signal });
  }

  /** Takes a second look at an object; undefined where there is nothing new to see. An abort ends the worker. */
  look(
    embedding: Embedding,
    prompt: Prompt,
    first: FirstLook,
    read: RegionReader,
    { signal, onProgress }: CallOptions = {},
  ): Promise<Looked | undefined> {
    const { bbox, area, mask, predictedIou, stabilityScore, specks } = first;
    const plain = { bbox, area, mask, predictedIou, stabilityScore, ...(specks === undefined ? {} : { specks }) };
    const call = { rank: RANK.second, limitMs: EMBED_LIMIT_MS, abort: "end" } as const;
    const work = async (api: Remote<WorkerApi>, id: number) => {
      this.#readers.set(id, read);
      return api.look(id, embedding, prompt, plain).finally(() => this.#readers.delete(id));
    };
    return this.#call(work, call, { signal, onProgress });
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
    const run = async (life: EngineLife) => {
      if (onMasks) this.#updates.set(id, accumulate(onMasks));
      const stop = () => void this.#stop(life, id, answer);
      const answer = life.call<Outcome<ObjectMask[]>>(
        async (api) => api.generate(id, raster, plain),
        GENERATE_LIMIT_MS,
      );
      signal?.addEventListener("abort", stop, { once: true });
      return fromWire(await answer.finally(() => signal?.removeEventListener("abort", stop)));
    };
    clearTimeout(this.#idle);
    try {
      return await unlessAborted(this.#keeper.persist(run, signal), signal);
    } finally {
      this.#progress.delete(id);
      this.#updates.delete(id);
      this.#generating--;
      this.#rest();
    }
  }

  /** Asks a worker to stop generating, and ends it if it does not listen: it may be in the middle of an encode. */
  async #stop(life: EngineLife, id: number, answer: Promise<unknown>): Promise<void> {
    const timer = setTimeout(() => life.end("Finding objects was cancelled"), STOP_LIMIT_MS);
    await Promise.allSettled([life.call(async (api) => api.stop(id), STOP_LIMIT_MS), answer]);
    clearTimeout(timer);
  }

  /** Tree, names and colours of masks, computed off the page's thread. */
  structure(masks: readonly ObjectMask[], canvas: { width: number; height: number }): Promise<Structure> {
    const call = { rank: RANK.click, limitMs: PREDICT_LIMIT_MS, abort: "leave" } as const;
    return this.#call(async (api) => api.structure(masks, canvas), call, {});
  }

  /** Starts the worker ahead of the first call. */
  async warmUp(signal?: AbortSignal): Promise<void> {
    await this.#queue.run(() => this.#keeper.started(), { signal, rank: RANK.click });
    this.#rest();
  }

  /**
   * Goes over to another model. The one in use stays in use until the other has started, and if it never does: calls made
   * meanwhile wait. Embeddings do not carry over.
   * @param accept makes it the one in use, before any waiting call goes on.
   * @throws MasksmithError why it did not start.
   */
  async adopt(model: PageModel, accept: () => void, { signal, onProgress }: CallOptions = {}): Promise<void> {
    const stop = this.onStatus(({ progress }) => progress && onProgress?.(progress));
    const start = () => this.#keeper.adopt(model, accept, signal);
    clearTimeout(this.#idle);
    try {
      await this.#queue.run(() => this.#killable(start, signal), { signal, rank: RANK.click });
    } finally {
      stop();
      this.#rest();
    }
  }

  /** Ends the worker now; the next call starts another. */
  pause(): void {
    this.#keeper.pause();
  }

  /** Leaves the present backend and model and starts again at the next call, e.g. after a setting changed. */
  replan(): void {
    this.#keeper.replan();
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#keeper.dispose();
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
      this.#keeper.persist(async (life) => fromWire(await this.#stoppable(life, id, work, call, signal)), signal);
    const ends = call.abort === "end";
    clearTimeout(this.#idle);
    const answer = this.#queue.run(() => (ends ? this.#killable(run, signal) : run()), {
      signal,
      lane,
      rank: call.rank,
    });
    const heard = ends ? answer : unlessAborted(answer, signal);
    return heard.finally(() => {
      this.#progress.delete(id);
      this.#rest();
    });
  }

  async #stoppable<T>(
    life: EngineLife,
    id: number,
    work: (api: Remote<WorkerApi>, id: number) => Promise<Outcome<T>>,
    { abort, limitMs }: Call,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<T>> {
    const answer = life.call((api) => work(api, id), limitMs);
    if (abort !== "stop") return answer;
    const stop = () => life.call(async (api) => api.stop(id), limitMs).catch(() => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    return answer.finally(() => signal?.removeEventListener("abort", stop));
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

  #services({ embeddings, verdicts }: EngineClientOptions): Omit<PageServices, "readModelFile"> {
    return {
      getEmbedding: (id) => embeddings.get(id),
      setEmbedding: (id, data) => embeddings.set(id, data),
      getVerdict: async (key) => verdicts?.get(key),
      setVerdict: async (key, verdict) => verdicts?.set(key, verdict),
      progress: (call, progress) => this.#progress.get(call)?.(progress),
      masks: (call, update) => this.#updates.get(call)?.(update),
      readRegion: async (call, region) => this.#readers.get(call)!(region),
    };
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#keeper.closed) return;
    this.#idle = setTimeout(() => {
      if (!this.#queue.busy && this.#generating === 0) this.pause();
    }, this.#idleMs);
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
