import type { MaskUpdate } from "../auto/stream.js";
import { kindOf, MasksmithError } from "../errors.js";
import type { VerdictStore } from "../model/golden.js";
import type { Progress, Raster } from "../types.js";
import { lanes } from "./lanes.js";
import type { EmbeddingStore, EngineInfo } from "./types.js";
import { answerCalls, Caller, greet, type WorkerLike } from "./wire.js";

/** What the owner does for its worker, which reads and keeps nothing itself. */
export interface EngineServices {
  read(file: string, onBytes: (received: number) => void): Promise<Uint8Array>;
  readonly embeddings: EmbeddingStore;
  readonly verdicts: VerdictStore | undefined;
  /** Call 0 is the start. */
  progress(call: number, progress: Progress): void;
  masks(call: number, update: MaskUpdate): void;
}

/** Bytes of a picture that are copied at once. */
const PART = 2 ** 21;

/** One worker with an engine, from start to end. */
export class WorkerLife {
  readonly #worker: WorkerLike;
  readonly #caller: Caller;
  #ended = false;
  #crashed = false;

  constructor(worker: WorkerLike, services: EngineServices) {
    this.#worker = worker;
    const [calls, back] = lanes(worker);
    this.#caller = new Caller(calls);
    this.#serve(back, services);
    worker.onExit((reason) => {
      if (this.#ended) return;
      this.#crashed = true;
      this.end(new MasksmithError("runtime", `The engine's worker ended: ${reason}`));
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it ended by itself. */
  get crashed(): boolean {
    return this.#crashed;
  }

  async start(message: unknown): Promise<EngineInfo> {
    await greet(this.#caller, "serveEngine");
    return (await this.#caller.call("start", message)) as EngineInfo;
  }

  call(name: string, argument: unknown): Promise<unknown> {
    return this.#caller.call(name, argument);
  }

  /**
   * Sends a picture in parts, between which the thread is free: a copy of a large one at once would hold it up. It must stay as
   * it is until the call is answered.
   * @returns what stands for the picture in the call's arguments.
   */
  async sendPicture(call: number, raster: Raster): Promise<unknown> {
    const { data, ...rest } = raster;
    const bytes = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    for (let from = 0; from < bytes.length && !this.#ended; from += PART) {
      const part = bytes.slice(from, from + PART);
      void this.#caller.call("part", { call, from, size: bytes.length, part }, [part.buffer]).catch(() => undefined);
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    }
    return { ...rest, data: kindOf(data) };
  }

  /** Ends it now; what waits for it rejects with the reason. */
  end(reason: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#caller.fail(
      reason instanceof MasksmithError ? reason : new MasksmithError("runtime", "The engine's worker failed"),
    );
    this.#worker.terminate();
  }

  /** Its messages come from our own code on the other side. */
  #serve(back: ReturnType<typeof lanes>[1], { read, embeddings, verdicts, progress, masks }: EngineServices): void {
    const done = { value: null };
    answerCalls(back, {
      read: async (argument) => {
        const file = argument as string;
        const heard = (received: number) => void this.call("bytes", { file, received }).catch(() => undefined);
        return { value: await read(file, heard) };
      },
      getEmbedding: async (argument) => ({ value: await embeddings.get(argument as string) }),
      setEmbedding: async (argument) => {
        const { id, data } = argument as { id: string; data: Float32Array };
        await embeddings.set(id, data);
        return done;
      },
      getVerdict: async (argument) => ({ value: await verdicts?.get(argument as string) }),
      setVerdict: async (argument) => {
        const { key, verdict } = argument as { key: string; verdict: string };
        await verdicts?.set(key, verdict);
        return done;
      },
      progress: async (argument) => {
        const heard = argument as { call: number; progress: Progress };
        progress(heard.call, heard.progress);
        return done;
      },
      masks: async (argument) => {
        const heard = argument as { call: number; update: MaskUpdate };
        masks(heard.call, heard.update);
        return done;
      },
    });
  }
}
