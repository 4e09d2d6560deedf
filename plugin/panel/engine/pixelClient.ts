import type { CleanUpSettings, Raster, SoftMask } from "@masksmith/core";
import { type Remote, transfer } from "comlink";
import { aborted } from "./aborts.js";
import { CallQueue } from "./callQueue.js";
import { type EdgesRequest, PIXEL_WORKER, type PixelApi, type SoftResult } from "./pixelProtocol.js";
import { fromWire, type Outcome } from "./protocol.js";
import { WorkerLife } from "./workerLife.js";

const LIMIT_MS = 120_000;
const IDLE_MS = 30_000;

/** Edges, clean-up and colours, computed in a worker of their own, so that neither the page nor a click waits for them. */
export class PixelClient {
  readonly #spawn: (name: string) => Worker;
  readonly #queue = new CallQueue();
  #life: WorkerLife<PixelApi> | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(spawn: (name: string) => Worker) {
    this.#spawn = spawn;
  }

  /** Soft edges that follow the picture. The request's pixels are handed over. */
  edges(request: EdgesRequest, signal?: AbortSignal): Promise<SoftMask> {
    return this.#call(async (api) => api.edges(transfer(request, [request.raster.data.buffer as ArrayBuffer])), signal);
  }

  /** A mask tidied up, in all its forms. */
  finish(
    soft: SoftMask,
    settings: Partial<CleanUpSettings>,
    { width, height }: { readonly width: number; readonly height: number },
    signal?: AbortSignal,
  ): Promise<SoftResult> {
    return this.#call(async (api) => api.finish(soft, settings, { width, height }), signal);
  }

  /** The raster with the object's own colours at its rim; bounds as those of its mask. The pixels are handed over. */
  ownColours(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster> {
    return this.#call(
      async (api) => api.ownColours(transfer(raster, [raster.data.buffer as ArrayBuffer]), soft),
      signal,
    );
  }

  dispose(): void {
    clearTimeout(this.#idle);
    this.#life?.end("The panel is closed");
  }

  #call<T>(work: (api: Remote<PixelApi>) => Promise<Outcome<T>>, signal: AbortSignal | undefined): Promise<T> {
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
        this.#idle = setTimeout(() => this.#life?.end("The worker rests"), IDLE_MS);
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
