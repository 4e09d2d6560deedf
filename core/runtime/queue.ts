import { MasksmithError, throwIfAborted } from "../errors.js";
import type { Signal } from "../signal.js";

/** How one job waits in the queue. */
export interface JobOptions {
  readonly signal?: Signal | undefined;
  /** Jobs of one lane supersede each other while they wait: only the latest runs, older ones reject with `aborted`. */
  readonly lane?: string | undefined;
  /** Of those that wait the lowest rank goes first, equals in the order they came. Default 0. */
  readonly rank?: number;
}

interface Job {
  readonly lane: string | undefined;
  readonly rank: number;
  readonly start: () => Promise<void>;
  readonly cancel: (error: MasksmithError) => void;
}

/**
 * Runs asynchronous jobs one after the other. A failed or cancelled job never stops the next.
 *
 * onnxruntime refuses overlapping runs of a session and overlapping initialisation ("Session already started", "multiple
 * calls to 'initWasm()'"), so everything that touches it goes through one queue. Calls to a worker wait in a queue before it
 * and not in its inbox: only so can a click overtake a preview, a stale preview vanish, and an abort know whether its call
 * has begun.
 */
export class RunQueue {
  readonly #waiting: Job[] = [];
  #running = false;

  /** Whether a job runs or waits. */
  get busy(): boolean {
    return this.#running || this.#waiting.length > 0;
  }

  /** Queues `work`; resolves with its value. A job whose signal fires while it waits never starts. */
  run<T>(work: () => Promise<T>, options: JobOptions = {}): Promise<T> {
    const { signal, lane, rank = 0 } = options;
    return new Promise<T>((resolve, reject) => {
      throwIfAborted(signal);
      if (lane !== undefined) this.#supersede(lane);
      const onAbort = () => {
        this.#remove(job);
        reject(new MasksmithError("aborted", "The operation was cancelled", { cause: signal?.reason }));
      };
      const job: Job = {
        lane,
        rank,
        cancel: (error) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
        start: async () => {
          signal?.removeEventListener("abort", onAbort);
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const after = this.#waiting.findIndex((other) => other.rank > rank);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, job);
      void this.#drain();
    });
  }

  #supersede(lane: string): void {
    for (const job of this.#waiting.filter((waiting) => waiting.lane === lane)) {
      this.#remove(job);
      job.cancel(new MasksmithError("aborted", "Superseded by a newer request"));
    }
  }

  #remove(job: Job): void {
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  async #drain(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) await job.start();
    this.#running = false;
  }
}
