import {
  type CleanUpSettings,
  type EdgesRequest,
  type Raster,
  RunQueue,
  type SoftMask,
  type SoftResult,
} from "@masksmith/core";
import { type Remote, transfer } from "comlink";
import { aborted } from "./aborts.js";
import { PIXEL_WORKER, type PixelApi } from "./pixelProtocol.js";
import { fromWire, type Outcome } from "./protocol.js";
import { WorkerLife } from "./workerLife.js";

const LIMIT_MS = 120_000;
const IDLE_MS = 30_000;
/** A worker that only computes collects no garbage: after work on this much it ends soon, which gives all of it back. */
const LARGE_BYTES = 4e6;
const IDLE_AFTER_LARGE_MS = 200;

/** Edges, clean-up and colours, computed in a worker of their own, so that neither the page nor a click waits for them. */
export class PixelClient {
  readonly #spawn: (name: string) => Worker;
  readonly #queue = new RunQueue();
  #life: WorkerLife<PixelApi> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(spawn: (name: string) => Worker) {
    this.#spawn = spawn;
  }

  /** Soft edges that follow the picture. The request's pixels are handed over. */
  edges(request: EdgesRequest, signal?: AbortSignal): Promise<SoftMask> {
    const { data } = request.raster;
    const work = async (api: Remote<PixelApi>) => api.edges(transfer(request, [data.buffer as ArrayBuffer]));
    return this.#call(work, signal, data.byteLength);
  }

  /** A mask tidied up, in all its forms. */
  finish(
    soft: SoftMask,
    settings: Partial<CleanUpSettings>,
    { width, height }: { readonly width: number; readonly height: number },
    signal?: AbortSignal,
  ): Promise<SoftResult> {
    return this.#call(async (api) => api.finish(soft, settings, { width, height }), signal, soft.data.byteLength);
  }

  /** The raster with the object's own colours at its rim; bounds as those of its mask. The pixels are handed over. */
  decontaminate(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster> {
    const { data } = raster;
    const work = async (api: Remote<PixelApi>) =>
      api.decontaminate(transfer(raster, [data.buffer as ArrayBuffer]), soft);
    return this.#call(work, signal, data.byteLength);
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#life?.end("The panel is closed");
  }

  #call<T>(
    work: (api: Remote<PixelApi>) => Promise<Outcome<T>>,
    signal: AbortSignal | undefined,
    bytes: number,
  ): Promise<T> {
    const run = async () => {
      clearTimeout(this.#idle);
      const life = this.#living();
      const end = () => life.end("Not wanted any more");
      signal?.addEventListener("abort", end, { once: true });
      try {
        return fromWire(await life.call(work, LIMIT_MS));
      } catch (error) {
        if (signal?.aborted) throw aborted(signal);
        throw error;
      } finally {
        signal?.removeEventListener("abort", end);
        const restMs = bytes > LARGE_BYTES ? IDLE_AFTER_LARGE_MS : IDLE_MS;
        this.#idle = setTimeout(() => this.#life?.end("The worker rests"), restMs);
      }
    };
    return this.#queue.run(run, { signal, rank: 0 });
  }

  #living(): WorkerLife<PixelApi> {
    if (!this.#life || this.#life.ended)
      this.#life = new WorkerLife<PixelApi>(this.#spawn, PIXEL_WORKER, () => undefined);
    return this.#life;
  }
}
