import { unlessSilent } from "../aborts.js";
import type { CropDecoder, CropTask, DecodedPoints } from "../auto/cropTask.js";
import type { ScoutedPoints } from "../auto/scoutedPoints.js";
import { MasksmithError } from "../errors.js";
import { decodedMessage, type LoadMessage, scoutedMessage } from "./decoderWorkerMessages.js";
import { Caller, checkMessage, greet, type WorkerLike } from "./wire.js";

/** Tries of one job, the first included, before its failure is the caller's. */
const MOST_TRIES = 3;
/** How long one job may take, its worker's loading included, before the worker counts as dead. */
const JOB_LIMIT_MS = 300_000;
/** How long workers without work stay, in milliseconds. */
const IDLE_TIME = 10_000;

export interface PoolOptions {
  /** Starts a worker that serves a decoder (`serveDecoder`). */
  readonly spawn: () => WorkerLike;
  /** Workers at most. */
  readonly size: number;
  /** What every new worker is loaded with. */
  readonly load: () => Promise<LoadMessage>;
  /** Runs one job when it may; by default at once. */
  readonly turn?: <T>(job: () => Promise<T>) => Promise<T>;
}

/** A crop's decoding on the pool's workers. */
export interface PooledCrop extends CropDecoder {
  /** Drops what waits. */
  close(): void;
}

interface Job {
  readonly crop: OpenCrop;
  readonly name: "decode" | "scout";
  readonly argument: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  tries: number;
}

/** A crop, told apart by identity. */
interface OpenCrop {
  readonly task: CropTask;
}

interface Slot {
  readonly worker: WorkerLike;
  readonly caller: Caller;
  readonly ready: Promise<unknown>;
  crop: OpenCrop | undefined;
  gone: boolean;
}

/**
 * Decoder workers that share the jobs of a crop. A worker starts when there is work for it; one that dies is replaced and
 * its job done again; all end at `stop`, or when there has been no work for a while. Who does a job changes nothing of its
 * result.
 */
export class DecoderPool {
  readonly #options: PoolOptions;
  readonly #waiting: Job[] = [];
  readonly #running = new Set<Job>();
  readonly #slots = new Set<Slot>();
  readonly #free: Slot[] = [];
  #message: Promise<LoadMessage> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Workers alive now. */
  get workers(): number {
    return this.#slots.size;
  }

  /** Opens a crop; each worker gets it with its first job of it. */
  open(task: CropTask): PooledCrop {
    const crop = { task };
    const run = (name: Job["name"], argument: unknown) =>
      new Promise<unknown>((resolve, reject) => {
        this.#waiting.push({ crop, name, argument, resolve, reject, tries: 0 });
        this.#dispatch();
      });
    return {
      decode: async (points, options) =>
        checkMessage(decodedMessage, await run("decode", { ...points, ...options }), "decoded") as DecodedPoints,
      scout: async (points) => checkMessage(scoutedMessage, await run("scout", points), "scouted") as ScoutedPoints,
      close: () => {
        for (const job of [...this.#waiting]) if (job.crop === crop) this.#drop(job);
      },
    };
  }

  /** Ends all workers now. Waiting and running jobs reject with `error`. The pool may be used again. */
  stop(error: MasksmithError): void {
    clearTimeout(this.#idle);
    const jobs = [...this.#waiting.splice(0), ...this.#running];
    this.#running.clear();
    for (const slot of [...this.#slots]) this.#end(slot, error);
    for (const job of jobs) job.reject(error);
  }

  #drop(job: Job): void {
    this.#waiting.splice(this.#waiting.indexOf(job), 1);
    job.reject(new MasksmithError("aborted", "The crop is closed"));
  }

  #dispatch(): void {
    clearTimeout(this.#idle);
    while (this.#waiting.length > 0) {
      const slot = this.#free.pop() ?? (this.#slots.size < this.#options.size ? this.#start() : undefined);
      if (!slot) return;
      if (slot.gone) continue;
      void this.#work(slot, this.#waiting.shift()!);
    }
    if (this.#running.size > 0 || this.#slots.size === 0) return;
    this.#idle = setTimeout(() => this.stop(new MasksmithError("state", "The worker was idle")), IDLE_TIME);
  }

  #start(): Slot {
    const worker = this.#options.spawn();
    const caller = new Caller(worker);
    this.#message ??= this.#options.load();
    const ready = Promise.all([this.#message, greet(caller, "serveDecoder")]).then(([message]) =>
      caller.call("load", message),
    );
    // Whoever has a job for the worker hears of a failed start.
    ready.catch(() => {});
    const slot: Slot = { worker, caller, ready, crop: undefined, gone: false };
    worker.onExit((reason) => this.#end(slot, new MasksmithError("runtime", `A decoder worker ended: ${reason}`)));
    this.#slots.add(slot);
    return slot;
  }

  async #work(slot: Slot, job: Job): Promise<void> {
    const { turn = (run) => run() } = this.#options;
    this.#running.add(job);
    job.tries++;
    try {
      const late = () => new MasksmithError("runtime", `A decoder worker gave no answer in ${JOB_LIMIT_MS / 1000} s`);
      const value = await turn(() => unlessSilent(() => this.#perform(slot, job), JOB_LIMIT_MS, late));
      if (this.#running.delete(job)) job.resolve(value);
      if (!slot.gone) this.#free.push(slot);
    } catch (error) {
      this.#recover(slot, job, error);
    }
    this.#dispatch();
  }

  async #perform(slot: Slot, job: Job): Promise<unknown> {
    await slot.ready;
    if (slot.crop !== job.crop) {
      slot.crop = undefined;
      await slot.caller.call("open", job.crop.task);
      slot.crop = job.crop;
    }
    return slot.caller.call(job.name, job.argument);
  }

  /** After a failure the worker is not trusted any more: a runtime that failed once may fail ever after. */
  #recover(slot: Slot, job: Job, error: unknown): void {
    this.#end(slot, new MasksmithError("runtime", "The decoder worker failed"));
    if (!this.#running.delete(job)) return;
    const again = error instanceof MasksmithError && error.kind === "runtime" && job.tries < MOST_TRIES;
    if (again) this.#waiting.unshift(job);
    else {
      // A model file that could not be read may be readable next time.
      this.#message = undefined;
      job.reject(error);
    }
  }

  #end(slot: Slot, error: MasksmithError): void {
    if (slot.gone) return;
    slot.gone = true;
    this.#slots.delete(slot);
    const at = this.#free.indexOf(slot);
    if (at >= 0) this.#free.splice(at, 1);
    slot.caller.fail(error);
    slot.worker.terminate();
  }
}
