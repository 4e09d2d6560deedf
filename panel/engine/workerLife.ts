import type { Progress } from "@masksmith/core";
import { proxy, type Remote, wrap } from "comlink";

/** Thrown into calls whose worker is gone: ended on purpose, crashed or silent. */
export class WorkerGone extends Error {}

/** What every worker of the panel answers to. */
export interface WatchedApi {
  /** Holds a lock of this name for the worker's life, so that the page learns of its death. */
  holdLock(name: string): Promise<boolean>;
}

/** A worker that is killed before it holds its lock leaves no other trace. Scripts of 3 MB start in a second on a busy machine. */
const START_LIMIT_MS = 20_000;

let count = 0;

/**
 * One worker from start to end. A worker that is killed says nothing, so three things watch over it: its error events, a
 * lock it holds while it lives (where the page has locks), and a time limit on every call.
 */
export class WorkerLife<Api extends WatchedApi> {
  readonly #worker: Worker;
  readonly #api: Remote<Api>;
  readonly #gone: Promise<never>;
  #end: (error: WorkerGone) => void = () => undefined;
  #ended = false;
  readonly #onEnd: () => void;
  /** Starts the limits of the calls under way again. */
  readonly #limits = new Set<() => void>();

  /**
   * @param kind begins the worker's name: by it the one script of all workers knows its part.
   * @param onEnd called once when the worker is gone, whoever ended it.
   */
  constructor(spawn: (name: string) => Worker, kind: string, onEnd: () => void) {
    this.#onEnd = onEnd;
    const name = `${kind}-${++count}`;
    this.#worker = spawn(name);
    this.#api = wrap<Api>(this.#worker);
    this.#gone = new Promise((_, reject) => {
      this.#end = reject;
    });
    this.#gone.catch(() => undefined);
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.end(event.message || "The engine's worker crashed");
    });
    this.#worker.addEventListener("messageerror", () => this.end("The engine's worker sent an unreadable answer"));
    void this.#watch(`${name}-${Math.random().toString(36).slice(2)}`);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** An object of the page's functions that the worker may call. */
  served<T extends object>(services: T): T {
    return proxy(services);
  }

  /** Stops the worker now, whatever it does; its calls reject with `WorkerGone`. */
  end(reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#worker.terminate();
    this.#end(new WorkerGone(reason));
    this.#onEnd();
  }

  /**
   * Runs one call on the worker.
   * @param limitMs longest silence: from the beginning, or from the last `heard`.
   * @throws WorkerGone, or whatever `work` rejects with.
   */
  async call<T>(work: (api: Remote<Api>) => Promise<T>, limitMs: number): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const begin = () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.end(`The engine gave no answer in ${limitMs / 1000} s`), limitMs);
    };
    begin();
    this.#limits.add(begin);
    try {
      return await Promise.race([work(this.#api), this.#gone]);
    } finally {
      this.#limits.delete(begin);
      clearTimeout(timer);
    }
  }

  /** Something that the calls under way wait for goes on: their time starts again. */
  heard(): void {
    for (const begin of this.#limits) begin();
  }

  /** The worker holds a lock while it lives; when the page gets it, the worker is dead. Asking for it comes first of all. */
  async #watch(lock: string): Promise<void> {
    const timer = setTimeout(
      () => this.end(`The engine's worker did not start in ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    try {
      const api = this.#api as unknown as Remote<WatchedApi>;
      const held = await Promise.race([api.holdLock(lock), this.#gone]).finally(() => clearTimeout(timer));
      if (!held) return;
      await navigator.locks.request(lock, () => this.end("The engine's worker was ended from outside"));
    } catch {
      // No locks on this page (a file's origin may be refused them): the time limits remain.
    }
  }
}

export type ProgressListener = (progress: Progress) => void;
