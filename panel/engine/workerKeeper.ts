import { type ErrorKind, MasksmithError, messageOf, type Progress } from "@masksmith/core";
import { transfer } from "comlink";
import { aborted } from "./aborts.js";
import { type BackendPlan, planName } from "./backends.js";
import type { EngineClientOptions, EngineStatus, PageModel } from "./clientTypes.js";
import { fromWire, type PageServices, type WorkerApi } from "./protocol.js";
import { WorkerGone, WorkerLife } from "./workerLife.js";

/** An engine's worker. */
export type EngineLife = WorkerLife<WorkerApi>;

const START_LIMIT_MS = 180_000;

/** Names of onnxruntime's binary per backend among the page's assets. */
const RUNTIME_FILE = {
  wasm: "ort-wasm-simd-threaded.wasm",
  webgpu: "ort-wasm-simd-threaded.asyncify.wasm",
} as const;

/** Keeps a worker with a started engine: starts it on demand, replaces a dead one, goes on to the next backend. */
export class WorkerKeeper {
  readonly #options: EngineClientOptions;
  readonly #services: Omit<PageServices, "readModelFile">;
  readonly #listeners = new Set<(status: EngineStatus) => void>();
  #status: EngineStatus = { phase: "off", info: null, left: [], progress: null, error: null };
  #plans: BackendPlan[] | undefined;
  #life: EngineLife | undefined;
  #starting: Promise<EngineLife> | undefined;
  /** A model that is to take the place of the one in use, if it starts. */
  #trial: PageModel | undefined;
  #closed = false;

  constructor(options: EngineClientOptions, services: Omit<PageServices, "readModelFile">) {
    this.#options = options;
    this.#services = services;
  }

  get status(): EngineStatus {
    return this.#status;
  }

  get closed(): boolean {
    return this.#closed;
  }

  onStatus(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    listener(this.#status);
    return () => this.#listeners.delete(listener);
  }

  /** Tries again in a new worker: once after a crash, which may be chance, then on the next backend. */
  async persist<T>(work: (life: EngineLife) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (let failures = 1; ; failures++) {
      if (signal?.aborted) throw aborted(signal);
      const life = await this.started(signal);
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
  async started(signal?: AbortSignal): Promise<EngineLife> {
    if (this.#closed) throw new MasksmithError("state", "The engine is closed");
    if (this.#life && !this.#life.ended && !this.#starting) return this.#life;
    // One start serves all who wait for it; who did not cancel it starts over.
    this.#starting ??= this.#startAny(signal).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting.catch((error: unknown) => {
      const others = error instanceof MasksmithError && error.kind === "aborted" && !signal?.aborted;
      if (others) return this.started(signal);
      throw error;
    });
  }

  /** Ends the worker now; the next call starts another. */
  pause(): void {
    this.#life?.end("The engine rests");
    this.#life = undefined;
    if (this.#status.phase === "starting") this.#set({ phase: "resting", progress: null });
  }

  /** Leaves the present backend choice and plans again at the next call. */
  replan(): void {
    this.pause();
    this.#plans = undefined;
    this.#set({ phase: "off", left: [], error: null });
  }

  /**
   * Starts another model in place of the one in use, and goes back if it does not start.
   * @param accept makes it the one in use.
   * @throws MasksmithError why it did not start.
   */
  async adopt(model: PageModel, accept: () => void, signal: AbortSignal | undefined): Promise<void> {
    this.pause();
    await this.#starting?.catch(() => undefined);
    this.replan();
    this.#trial = model;
    try {
      await this.started(signal);
      accept();
    } catch (error) {
      this.replan();
      throw signal?.aborted ? aborted(signal) : error;
    } finally {
      this.#trial = undefined;
    }
  }

  dispose(): void {
    this.#closed = true;
    this.pause();
    this.#listeners.clear();
  }

  async #startAny(signal?: AbortSignal): Promise<EngineLife> {
    this.#plans ??= [...(await this.#options.plan())];
    for (;;) {
      if (signal?.aborted) throw aborted(signal);
      const plan = this.#plans[0];
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

  async #startOn(plan: BackendPlan): Promise<EngineLife> {
    const { loadAsset, spawn, decoders } = this.#options;
    const model = this.#trial ?? this.#options.model();
    this.#set({ phase: "starting", progress: { stage: "Starting engine", fraction: 0 }, error: null });
    const gone = new AbortController();
    const life: EngineLife = new WorkerLife<WorkerApi>(spawn, "masksmith-engine", () => {
      gone.abort();
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
      const services = life.served(this.#servicesFor(life, model, gone.signal));
      const info = fromWire(await life.call(async (api) => api.start(request, services), START_LIMIT_MS));
      this.#set({ phase: "ready", info: { ...info, reason: plan.reason }, progress: null });
      return life;
    } catch (error) {
      life.end("The engine couldn't start");
      throw error;
    }
  }

  /** What the page does for one worker, as long as that lives. */
  #servicesFor(life: EngineLife, model: PageModel, signal: AbortSignal): PageServices {
    const starting = (progress: Progress) => {
      if (this.#life === life && this.#status.phase === "starting") this.#set({ progress });
    };
    return {
      ...this.#services,
      progress: (call, progress) => {
        if (call === 0) starting(progress);
        this.#services.progress(call, progress);
      },
      readModelFile: async (name) => {
        const onProgress = (fraction: number) => {
          life.heard();
          starting({ stage: `Reading ${name}`, fraction });
        };
        const bytes = await model.read(name, { signal, onProgress });
        return transfer(bytes, [bytes.buffer]);
      },
    };
  }

  /** Goes on to the next backend; false if there is none. */
  #leaveBackend(why: string): boolean {
    const [plan, ...rest] = this.#plans ?? [];
    if (!plan || rest.length === 0) return false;
    this.#plans = rest;
    this.#set({ left: [...this.#status.left, `${planName(plan)}: ${why}`] });
    return true;
  }

  #set(change: Partial<EngineStatus>): void {
    this.#status = { ...this.#status, ...change };
    for (const listener of this.#listeners) listener(this.#status);
  }
}

/** Whether another backend may fare better: a damaged model or a wrong argument is the same everywhere. */
function isTransient(error: unknown): boolean {
  return !(error instanceof MasksmithError) || error.kind === "runtime";
}
