import { MasksmithError } from "@masksmith/core";

export interface QueuedOptions {
  readonly signal?: AbortSignal | undefined;
  /** Waiting calls of one lane are superseded by a newer one. */
  readonly lane?: string | undefined;
  /** Lower goes first; equals in the order they came. */
  readonly rank: number;
}

interface Queued extends QueuedOptions {
  readonly start: () => Promise<void>;
  readonly drop: (why: string) => void;
}

/**
 * One call at a time to the worker, the rest wait here and not in its inbox: only so can a click overtake a preview, a
 * stale preview vanish, and an abort know whether its call has begun.
 */
export class CallQueue {
  #waiting: Queued[] = [];
  #running = false;

  get busy(): boolean {
    return this.#running || this.#waiting.length > 0;
  }

  run<T>(work: () => Promise<T>, options: QueuedOptions): Promise<T> {
    const { signal, lane, rank } = options;
    if (signal?.aborted) return Promise.reject(cancelled("The operation was cancelled"));
    return new Promise<T>((resolve, reject) => {
      const onAbort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== job);
        job.drop("The operation was cancelled");
      };
      const job: Queued = {
        ...options,
        drop: (why) => {
          signal?.removeEventListener("abort", onAbort);
          reject(cancelled(why));
        },
        start: async () => {
          signal?.removeEventListener("abort", onAbort);
          await work().then(resolve, reject);
        },
      };
      if (lane !== undefined) this.#supersede(lane);
      signal?.addEventListener("abort", onAbort, { once: true });
      const before = this.#waiting.findIndex((other) => other.rank > rank);
      this.#waiting.splice(before < 0 ? this.#waiting.length : before, 0, job);
      void this.#drain();
    });
  }

  #supersede(lane: string): void {
    const stale = this.#waiting.filter((job) => job.lane === lane);
    this.#waiting = this.#waiting.filter((job) => job.lane !== lane);
    for (const job of stale) job.drop("Superseded by a newer request");
  }

  async #drain(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) await job.start();
    this.#running = false;
  }
}

function cancelled(why: string): MasksmithError {
  return new MasksmithError("aborted", why);
}
