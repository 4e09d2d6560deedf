import type { PreparedRaster } from "../encode/encoder.js";
import { MasksmithError, throwIfAborted } from "../errors.js";
import { readGraph } from "../model/files.js";
import { type GraphSpec, graphsOf, parseManifest } from "../model/manifest.js";
import type { OrtOptions } from "../runtime/ort.js";
import type { Signal } from "../signal.js";
import type { ModelSource } from "../types.js";
import { encodedMessage, type LoadEncoderMessage } from "./decoderWorkerMessages.js";
import { Caller, checkMessage, greet, type WorkerLike } from "./wire.js";

/** Tries of one encoding, the first included. */
const MOST_TRIES = 3;

/** Where and with what a picture is encoded. */
export interface ApartOptions {
  /** Starts a worker that serves a decoder (`serveDecoder`). */
  readonly spawn: () => WorkerLike;
  readonly model: ModelSource;
  readonly encoder: string;
  readonly runtime: OrtOptions;
}

/**
 * Encodes the pictures of one generation in a worker that ends with it: WASM memory never shrinks, and the 300 MB that
 * encoding takes would lie idle beside the decoders' own until the engine ends.
 */
export class ApartEncoder {
  readonly #options: ApartOptions;
  #worker: { readonly worker: WorkerLike; readonly caller: Caller } | undefined;

  constructor(options: ApartOptions) {
    this.#options = options;
  }

  /**
   * @returns the features, see `packFeatures`.
   * @throws MasksmithError `model`, `runtime` (after several workers have failed), `aborted` at once when the signal fires.
   */
  async encode({ content }: PreparedRaster, signal?: Signal): Promise<Float32Array> {
    const picture = { width: content.width, height: content.height, channels: 3, data: content.data };
    for (let tries = 1; ; tries++) {
      throwIfAborted(signal);
      try {
        const caller = await this.#start(signal);
        return checkMessage(encodedMessage, await caller.call("encode", picture), "encoded") as Float32Array;
      } catch (error) {
        this.end(
          error instanceof MasksmithError ? error : new MasksmithError("runtime", "The encoder's worker failed"),
        );
        const again = error instanceof MasksmithError && error.kind === "runtime" && tries < MOST_TRIES;
        if (!again) throw error;
      }
    }
  }

  /** Ends the worker and frees its memory; what runs there rejects with `reason`. The next encoding starts another. */
  end(reason = new MasksmithError("aborted", "The operation was cancelled")): void {
    this.#worker?.caller.fail(reason);
    this.#worker?.worker.terminate();
    this.#worker = undefined;
  }

  async #start(signal: Signal | undefined): Promise<Caller> {
    if (this.#worker) return this.#worker.caller;
    const { model, encoder, runtime } = this.#options;
    const manifest = parseManifest(model.manifest);
    const [spec] = graphsOf(manifest, encoder) as [GraphSpec];
    const { file: graph } = await readGraph(model, manifest, spec, false, { signal });
    throwIfAborted(signal);
    const worker = this.#options.spawn();
    const caller = new Caller(worker);
    this.#worker = { worker, caller };
    worker.onExit((reason) => caller.fail(new MasksmithError("runtime", `The encoder's worker ended: ${reason}`)));
    const { backend, threads, wasmBinary, wasmPaths } = runtime;
    const message: LoadEncoderMessage = {
      manifest,
      encoder,
      graph,
      runtime: {
        backend,
        threads,
        ...(wasmBinary ? { wasmBinary } : {}),
        ...(wasmPaths === undefined ? {} : { wasmPaths }),
      },
    };
    await greet(caller, "serveDecoder");
    await caller.call("loadEncoder", message);
    return caller;
  }
}
