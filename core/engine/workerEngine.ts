import { startWorker } from "#platform";
import { unlessAborted, unlessSilent } from "../aborts.js";
import type { GenerateOptions } from "../auto/generate.js";
import type { MaskUpdate } from "../auto/stream.js";
import { MasksmithError, throwIfAborted } from "../errors.js";
import { validateRaster } from "../raster.js";
import { RunQueue } from "../runtime/queue.js";
import type { Signal } from "../signal.js";
import type {
  CallOptions,
  Embedding,
  EmbedOptions,
  ObjectMask,
  Prediction,
  PredictOptions,
  Progress,
  Prompt,
  Raster,
} from "../types.js";
import { checkEmbedOptions, checkGenerateOptions, checkPredict, checkWorkerOptions } from "./arguments.js";
import { KeptEmbeddings } from "./keptEmbeddings.js";
import type { Engine, EngineInfo, WorkerEngineOptions } from "./types.js";
import { type EngineServices, WorkerLife } from "./workerLife.js";
import { type AnyWorker, workerLike } from "./workerLike.js";

/** Waiting calls in the order they go: clicks, pictures, previews. */
const RANK = { click: 0, embed: 1, preview: 2 } as const;
/** A worker that is silent for this long is dead, though nobody says so. */
const SILENCE_MS = 600_000;
/** How long a cancelled `generate` may go on before its worker is ended. */
const STOP_MS = 1_000;

/**
 * Loads a model in a worker and gives an engine on it: `createEngine`'s calls, none of which blocks the calling thread. A
 * signal is answered at once: an `embed` that runs is ended with its worker, and the next call starts another, which goes on
 * with the embeddings made before; `predict` and `generate` stop between two runs of the model. A worker that dies is
 * replaced, and its call made once more. In pages a module worker, in Node, Bun and Deno a worker thread.
 * @throws MasksmithError as `createEngine`; `input` where `spawn` starts another worker. A failed start leaves nothing behind.
 * @example
 * const away = await createWorkerEngine({ model });
 * const found = await away.embed(picture);
 * const [first] = await away.predict(found, [{ foreground: [point("document", 30, 20)] }]);
 * console.log(first.candidates[first.recommended].area);
 * await away.dispose();
 */
export async function createWorkerEngine(options: WorkerEngineOptions): Promise<Engine> {
  checkWorkerOptions(options);
  const keeper = new WorkerKeeper(options);
  const { signal } = options;
  try {
    return new WorkerEngine(keeper, await unlessAborted(keeper.start(), signal));
  } catch (error) {
    keeper.close();
    throw error;
  }
}

interface Heard {
  readonly onProgress?: CallOptions["onProgress"] | undefined;
  readonly onMasks?: GenerateOptions["onMasks"] | undefined;
}

/** Keeps a worker with a started engine, and does for it what it cannot do itself. */
class WorkerKeeper {
  readonly embeddings: KeptEmbeddings;
  readonly #options: WorkerEngineOptions;
  readonly #heard = new Map<number, Heard>();
  #life: { readonly worker: WorkerLife; readonly info: Promise<EngineInfo> } | undefined;
  #calls = 0;
  #closed = false;

  constructor(options: WorkerEngineOptions) {
    this.#options = options;
    this.embeddings = new KeptEmbeddings(options.embeddings);
    if (options.onProgress) this.#heard.set(0, { onProgress: options.onProgress });
  }

  /** @throws MasksmithError `state` once it is closed. */
  checkOpen(): void {
    if (this.#closed) throw new MasksmithError("state", "The engine is closed");
  }

  async start(): Promise<EngineInfo> {
    this.checkOpen();
    if (this.#life?.worker.ended) this.#life = undefined;
    this.#life ??= this.#begin();
    const { worker, info } = this.#life;
    try {
      return await info;
    } catch (error) {
      worker.end(error);
      throw error;
    }
  }

  /** Makes a call of the worker's; once more in a new one if it dies. */
  async call<T>(name: string, values: readonly unknown[], heard: Heard, signal?: Signal): Promise<T> {
    for (let tries = 1; ; tries++) {
      throwIfAborted(signal);
      await this.start();
      const { worker } = this.#life!;
      try {
        return await this.#callOn<T>(worker, name, values, heard, signal);
      } catch (error) {
        if (!worker.crashed || tries > 1) throw error;
      }
    }
  }

  /** Ends the worker, whatever it does; the next call starts another. */
  end(reason: MasksmithError): void {
    this.#life?.worker.end(reason);
  }

  release(embedding: Embedding): void {
    this.embeddings.delete(embedding?.id);
    if (this.#life && !this.#life.worker.ended)
      void this.#life.worker.call("release", embedding).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    this.end(new MasksmithError("state", "The engine is closed"));
  }

  async #callOn<T>(worker: WorkerLife, name: string, values: readonly unknown[], heard: Heard, signal?: Signal) {
    const call = ++this.#calls;
    const stop = () => void worker.call("stop", call).catch(() => undefined);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const silent = () =>
        new MasksmithError("runtime", `The engine's worker gave no answer in ${SILENCE_MS / 1000} s`);
      const begin = (alive: () => void) => {
        const onProgress = (progress: Progress) => {
          alive();
          heard.onProgress?.(progress);
        };
        this.#heard.set(call, { ...heard, onProgress });
        return this.#send(worker, name, call, values);
      };
      return (await unlessSilent(begin, SILENCE_MS, silent)) as T;
    } finally {
      signal?.removeEventListener("abort", stop);
      this.#heard.delete(call);
    }
  }

  async #send(worker: WorkerLife, name: string, call: number, values: readonly unknown[]): Promise<unknown> {
    if (name === "predict") return worker.call(name, { call, arguments: values });
    const [raster, ...others] = values;
    const picture = await worker.sendPicture(call, raster as Raster);
    return worker.call(name, { call, arguments: [picture, ...others] });
  }

  #begin() {
    const { spawn, model, backend = "wasm", verdicts, embeddings, signal, onProgress, ...options } = this.#options;
    const services: EngineServices = {
      read: (file, onBytes) => model.read(file, { ...(signal ? { signal } : {}), onBytes }),
      embeddings: this.embeddings,
      verdicts,
      progress: (call, progress) => this.#heard.get(call)?.onProgress?.(progress),
      masks: (call, update: MaskUpdate) => this.#heard.get(call)?.onMasks?.(update),
    };
    const worker = new WorkerLife(workerLike(spawn?.() ?? (startWorker(backend) as AnyWorker)), services);
    const message = { manifest: model.manifest, options: { ...options, backend }, verdicts: verdicts !== undefined };
    return { worker, info: worker.start(message) };
  }
}

/** The engine in a worker; `createWorkerEngine` makes it. */
class WorkerEngine implements Engine {
  readonly info: EngineInfo;
  readonly #keeper: WorkerKeeper;
  readonly #queue = new RunQueue();

  constructor(keeper: WorkerKeeper, info: EngineInfo) {
    this.#keeper = keeper;
    this.info = info;
  }

  async embed(raster: Raster, options: EmbedOptions = {}): Promise<Embedding> {
    this.#keeper.checkOpen();
    validateRaster(raster);
    checkEmbedOptions(options);
    const { signal, onProgress, ...plain } = options;
    const kill = () => this.#keeper.end(new MasksmithError("aborted", "The operation was cancelled"));
    const run = async () => {
      signal?.addEventListener("abort", kill, { once: true });
      try {
        return await this.#keeper.call<Embedding>("embed", [raster, plain], { onProgress }, signal);
      } finally {
        signal?.removeEventListener("abort", kill);
      }
    };
    return this.#queue.run(run, { signal, rank: RANK.embed });
  }

  async predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.#keeper.checkOpen();
    checkPredict(embedding, prompts, options);
    const { signal, onProgress, lane, ...plain } = options;
    const run = () => this.#keeper.call<Prediction[]>("predict", [embedding, prompts, plain], { onProgress }, signal);
    const rank = lane === undefined ? RANK.click : RANK.preview;
    return unlessAborted(this.#queue.run(run, { signal, lane, rank }), signal);
  }

  async generate(raster: Raster, options: GenerateOptions = {}): Promise<ObjectMask[]> {
    this.#keeper.checkOpen();
    validateRaster(raster);
    checkGenerateOptions(options);
    const { signal, onProgress, onMasks, ...plain } = options;
    const work = this.#keeper.call<ObjectMask[]>("generate", [raster, plain], { onProgress, onMasks }, signal);
    let done = false;
    const settled = () => {
      done = true;
    };
    work.then(settled, settled);
    // It may be encoding, which nothing stops.
    const insist = () => {
      setTimeout(() => {
        if (!done) this.#keeper.end(new MasksmithError("aborted", "The operation was cancelled"));
      }, STOP_MS);
    };
    signal?.addEventListener("abort", insist, { once: true });
    return unlessAborted(work, signal).finally(() => signal?.removeEventListener("abort", insist));
  }

  holds(embedding: Embedding): boolean {
    return this.#keeper.embeddings.has(embedding?.id);
  }

  release(embedding: Embedding): void {
    this.#keeper.release(embedding);
  }

  async dispose(): Promise<void> {
    this.#keeper.close();
  }
}
