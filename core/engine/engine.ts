import { proveBackend } from "../model/golden.js";
import { modelMark } from "../model/marks.js";
import type { OrtOptions } from "../runtime/ort.js";
import { RunQueue } from "../runtime/queue.js";
import type { Backend, EngineBackend } from "../types.js";
import { checkEngineOptions } from "./arguments.js";
import { ApartEncoder } from "./encodeApart.js";
import { goldenSubject } from "./goldenSubject.js";
import { loadModel } from "./loaded.js";
import { LocalEngine } from "./localEngine.js";
import { DecoderPool } from "./pool.js";
import { decoderFiles } from "./poolFiles.js";
import { localWorker } from "./poolLocal.js";
import type { Engine, EngineOptions } from "./types.js";
import { workerLike } from "./workerLike.js";

const DEFAULT_CACHE_BYTES = 256 * 2 ** 20;

/**
 * Loads a model and gives an engine on it, in this thread.
 * @throws MasksmithError `input` (bad option), `model` (damaged or unfit files), `runtime` (backend cannot run, computes
 * wrongly, or has not enough memory). A failed start leaves nothing behind; it may be tried again.
 * @example
 * const small = await createEngine({ model, cacheBytes: 64 * 2 ** 20 });
 * console.log(small.info.backend); // "wasm"
 * await small.dispose();
 */
export async function createEngine<Where extends EngineBackend = Backend>(
  options: EngineOptions<Where>,
): Promise<Engine<Where>> {
  checkEngineOptions(options);
  const backend: EngineBackend = options.backend ?? "wasm";
  const { threads = 1, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  const { wasmBinary, wasmPaths, native } = options;
  const ortOptions = { backend, threads, wasmBinary, wasmPaths, native };
  const model = await loadModel(options, ortOptions);
  let reason = "asked for";
  if (model.threads < threads) reason += "; on one thread, since memory may not be shared here";
  if (backend !== "wasm") {
    try {
      await proveBackend(goldenSubject(model), model.manifest, model.encoderName, backend, options.verdicts);
    } catch (error) {
      await model.release();
      throw error;
    }
    reason = "asked for, and it reproduces the model's golden check";
  }
  const { id, name, version } = model.manifest;
  const mark = modelMark(model.manifest);
  const info = {
    model: { id, name, version, mark },
    encoder: model.encoderName,
    backend,
    reason,
    threads: model.threads,
  };
  const queue = new RunQueue();
  const engine: Engine<EngineBackend> = new LocalEngine(
    model,
    info,
    cacheBytes,
    options.embeddings,
    queue,
    createPool(options, ortOptions, queue),
    createApart(options, ortOptions, model.encoderName),
  );
  return engine as Engine<Where>;
}

/** The workers of `generate`; without any, one in this thread, whose jobs wait their turn with the engine's own. */
function createPool(
  { model, workers }: EngineOptions<EngineBackend>,
  runtime: OrtOptions,
  queue: RunQueue,
): DecoderPool {
  if (!workers || runtime.backend === "native") {
    // A native runtime has its own threads, and lives in this one only.
    const load = () => decoderFiles(model, runtime);
    const spawn = () => localWorker(runtime.native);
    return new DecoderPool({ spawn, size: 1, load, turn: (job) => queue.run(job) });
  }
  const { size } = workers;
  const spawn = () => workerLike(workers.spawn());
  // One thread each: the workers are the parallelism.
  return new DecoderPool({ spawn, size, load: () => decoderFiles(model, { ...runtime, threads: 1 }) });
}

/** The encoder of `generate`, where workers are to be had and another one costs no second GPU device. */
function createApart({ model, workers }: EngineOptions<EngineBackend>, runtime: OrtOptions, encoder: string) {
  if (!workers || runtime.backend !== "wasm") return undefined;
  return new ApartEncoder({
    spawn: () => workerLike(workers.spawn()),
    model,
    encoder,
    runtime: { ...runtime, threads: 1 },
  });
}
