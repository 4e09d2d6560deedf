import type { Tensor } from "onnxruntime-web";
import { type GeneratorHost, generateMasks } from "../auto/generate.js";
import type { ObjectMask } from "../auto/types.js";
import { toCandidates } from "../decode/candidates.js";
import { contentWindow } from "../decode/window.js";
import { encodeRaster, type PreparedRaster, prepareRaster } from "../encode/encoder.js";
import { invalid, MasksmithError, throwIfAborted } from "../errors.js";
import { rleToLogits } from "../mask/index.js";
import { proveBackend } from "../model/golden.js";
import type { Placement } from "../prompt/frames.js";
import { makePlacement } from "../prompt/transform.js";
import { validatePrompt } from "../prompt/validate.js";
import { type Raster, toRgb8 } from "../raster.js";
import type { OrtOptions } from "../runtime/ort.js";
import { RunQueue } from "../runtime/queue.js";
import { floatData, type Tensors } from "../runtime/session.js";
import { EmbeddingCache, type EncodedRaster } from "./cache.js";
import { ApartEncoder } from "./encodeApart.js";
import { goldenSubject } from "./goldenSubject.js";
import { groupPrompts, type PromptGroup } from "./groups.js";
import { type LoadedModel, loadModel } from "./loaded.js";
import { DecoderPool } from "./pool.js";
import { decoderFiles } from "./poolFiles.js";
import { localWorker } from "./poolLocal.js";
import type {
  Embedding,
  EmbeddingStore,
  EmbedOptions,
  Engine,
  EngineInfo,
  EngineOptions,
  GenerateOptions,
  Prediction,
  PredictOptions,
  Prompt,
} from "./types.js";

const DEFAULT_CACHE_BYTES = 256 * 2 ** 20;
/** Prompts a decoder run: enough to fill the matrix products, few enough that their image tokens stay near 64 MB. */
const BATCH = 16;

/**
 * Loads a model and gives an engine on it, in this thread.
 * @throws MasksmithError `input` (bad option), `model` (damaged or unfit files), `runtime` (backend cannot run, computes
 * wrongly, or has not enough memory). A failed start leaves nothing behind; it may be tried again.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const { backend = "wasm", threads = 1, cacheBytes = DEFAULT_CACHE_BYTES } = options;
  if (backend !== "wasm" && backend !== "webgpu") throw invalid("backend", "wasm or webgpu", backend);
  if (!Number.isInteger(threads) || threads < 1) throw invalid("threads", "a positive integer", threads);
  const ortOptions = { backend, threads, wasmBinary: options.wasmBinary, wasmPaths: options.wasmPaths };
  const model = await loadModel(options, ortOptions);
  let reason = "asked for";
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
  const info = { model: { id, name, version }, encoder: model.encoderName, backend, reason, threads };
  const queue = new RunQueue();
  const pool = createPool(options, ortOptions, queue);
  return new LocalEngine(
    model,
    info,
    cacheBytes,
    options.embeddings,
    queue,
    pool,
    createApart(options, ortOptions, model),
  );
}

/** The workers of `generate`; without any, one in this thread, whose jobs wait their turn with the engine's own. */
function createPool({ model, workers }: EngineOptions, runtime: OrtOptions, queue: RunQueue): DecoderPool {
  if (!workers) {
    const load = () => decoderFiles(model, runtime);
    return new DecoderPool({ spawn: localWorker, size: 1, load, turn: (job) => queue.run(job) });
  }
  const { spawn, size } = workers;
  // One thread each: the workers are the parallelism.
  return new DecoderPool({ spawn, size, load: () => decoderFiles(model, { ...runtime, threads: 1 }) });
}

/** The encoder of `generate`, where workers are to be had and another one costs no second GPU device. */
function createApart({ model, workers }: EngineOptions, runtime: OrtOptions, { encoderName }: LoadedModel) {
  if (!workers || runtime.backend !== "wasm") return undefined;
  return new ApartEncoder({ spawn: workers.spawn, model, encoder: encoderName, runtime: { ...runtime, threads: 1 } });
}

class LocalEngine implements Engine {
  readonly info: EngineInfo;
  readonly #model: LoadedModel;
  readonly #cache: EmbeddingCache;
  readonly #store: EmbeddingStore | undefined;
  readonly #queue: RunQueue;
  readonly #pool: DecoderPool;
  readonly #apart: ApartEncoder | undefined;
  /** One `generate` at a time: cancelling one stops the pool. */
  readonly #generations = new RunQueue();
  #closed = false;

  constructor(
    model: LoadedModel,
    info: EngineInfo,
    cacheBytes: number,
    store: EmbeddingStore | undefined,
    queue: RunQueue,
    pool: DecoderPool,
    apart: ApartEncoder | undefined,
  ) {
    this.#model = model;
    this.info = info;
    this.#cache = new EmbeddingCache(cacheBytes);
    this.#store = store;
    this.#queue = queue;
    this.#pool = pool;
    this.#apart = apart;
  }

  async embed(raster: Raster, options: EmbedOptions = {}): Promise<Embedding> {
    return this.#embed(raster, options, (prepared) => this.#encode(prepared));
  }

  async #embed(
    raster: Raster,
    options: EmbedOptions,
    encode: (prepared: PreparedRaster, signal: AbortSignal | undefined) => Promise<Tensor>,
  ): Promise<Embedding> {
    this.#checkOpen();
    throwIfAborted(options.signal);
    const { manifest } = this.#model;
    const prepared = prepareRaster(toRgb8(raster), manifest);
    const placement = makePlacement(raster, prepared.content, manifest.input.size, options);
    const id = `${prepared.hash}/${manifest.id}@${manifest.version}/${this.info.encoder}`;
    const embedding = { id, model: manifest.id, encoder: this.info.encoder, placement };
    const report = (fraction: number) => options.onProgress?.({ stage: "Reading the picture", fraction });
    await this.#run(async () => {
      if (this.#cache.has(id) || (await this.#restore(id))) return;
      report(0);
      const tensor = await encode(prepared, options.signal);
      throwIfAborted(options.signal);
      await this.#keep(id, tensor);
      await this.#store?.set(id, tensor.data as Float32Array);
    }, options);
    report(1);
    return embedding;
  }

  #encode(prepared: PreparedRaster): Promise<Tensor> {
    return encodeRaster(prepared.content, this.#model.encoder, this.#model.manifest);
  }

  /** In a worker that ends with the generation, where there are workers. */
  async #encodeApart(prepared: PreparedRaster, signal: AbortSignal | undefined): Promise<Tensor> {
    if (!this.#apart) return this.#encode(prepared);
    const data = await this.#apart.encode(prepared, signal);
    return this.#model.encoder.tensor(data, [1, ...this.#model.manifest.embedding.shape]);
  }

  async predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.#checkOpen();
    this.#checkModel(embedding);
    const { placement } = embedding;
    for (const prompt of prompts) validatePrompt(prompt, placement.document);
    const { manifest, tables } = this.#model;
    const groups = groupPrompts(prompts, placement, tables, manifest, BATCH);
    const predictions = new Array<Prediction>(prompts.length);
    let done = 0;
    for (const group of groups) {
      await this.#run(() => this.#answer(embedding, group, prompts, options, predictions), options);
      done += group.members.length;
      options.onProgress?.({ stage: "Finding the object", fraction: done / prompts.length });
    }
    return predictions;
  }

  async generate(raster: Raster, options: GenerateOptions = {}): Promise<ObjectMask[]> {
    const { signal } = options;
    const stop = () => {
      const reason = new MasksmithError("aborted", "The operation was cancelled");
      this.#apart?.end(reason);
      this.#pool.stop(reason);
    };
    return this.#generations.run(
      async () => {
        this.#checkOpen();
        signal?.addEventListener("abort", stop, { once: true });
        try {
          return await generateMasks(this.#generatorHost(), raster, options);
        } finally {
          signal?.removeEventListener("abort", stop);
          this.#apart?.end();
        }
      },
      { signal },
    );
  }

  holds(embedding: Embedding): boolean {
    return this.#cache.has(embedding.id);
  }

  release(embedding: Embedding): void {
    this.#cache.delete(embedding.id);
  }

  async dispose(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const reason = new MasksmithError("state", "The engine is closed");
    this.#apart?.end(reason);
    this.#pool.stop(reason);
    await this.#queue.run(async () => {
      this.#cache.clear();
      await this.#model.release();
    });
  }

  #generatorHost(): GeneratorHost {
    return {
      candidates: this.#model.manifest.masks.candidates.length,
      embed: (raster, options) =>
        this.#embed(raster, options, (prepared, signal) => this.#encodeApart(prepared, signal)),
      endEncoding: () => this.#apart?.end(),
      takeEmbedding: async (embedding, keep) => {
        const { data } = (await this.#encoded(embedding)).embedding;
        if (!keep) this.#cache.delete(embedding.id);
        return data as Float32Array;
      },
      openCrop: (task) => this.#pool.open(task),
    };
  }

  /** Decodes one group and puts its members' predictions in their places. */
  async #answer(
    embedding: Embedding,
    group: PromptGroup,
    prompts: readonly Prompt[],
    options: PredictOptions,
    predictions: Prediction[],
  ): Promise<void> {
    const { decoder, manifest } = this.#model;
    const context = await this.#contextOf(await this.#encoded(embedding), group, embedding.placement);
    throwIfAborted(options.signal);
    const answers = await decoder.answer(context, group.tokens, group.members.length, group.count);
    throwIfAborted(options.signal);
    const window = options.logits ? undefined : contentWindow(embedding.placement, manifest);
    const logits = await decoder.upscale(answers, window);
    const plane = logits.length / answers.batch;
    group.members.forEach((member, i) => {
      const raw = {
        predictedIou: answers.predictedIou.subarray(i * answers.tokens, (i + 1) * answers.tokens),
        logits: logits.subarray(i * plane, (i + 1) * plane),
      };
      const multimask = prompts[member]!.multimask ?? isAmbiguous(prompts[member]!);
      const candidates = toCandidates(raw, multimask, embedding.placement, manifest, options);
      predictions[member] = { candidates, recommended: 0 };
    });
  }

  async #contextOf(encoded: EncodedRaster, group: PromptGroup, placement: Placement): Promise<Tensors> {
    if (!group.mask) return encoded.context;
    const { maskPrompt, decoder, manifest } = this.#model;
    const [height, width] = manifest.masks.low_res;
    const logits = "size" in group.mask ? rleToLogits(group.mask, placement, { width, height }) : group.mask;
    if (logits.width !== width || logits.height !== height || logits.data.length !== width * height) {
      throw invalid("mask logits", `${width}x${height} floats`, `${logits.width}x${logits.height}`);
    }
    const { inputs, outputs } = maskPrompt.spec;
    const dense = await maskPrompt.run({ [inputs[0]!.name]: maskPrompt.tensor(logits.data, [1, 1, height, width]) });
    floatData(dense, outputs[0]!.name);
    return decoder.context(encoded.embedding, dense[outputs[0]!.name] as Tensor);
  }

  async #encoded(embedding: Embedding): Promise<EncodedRaster> {
    const encoded = this.#cache.get(embedding.id) ?? (await this.#restore(embedding.id));
    if (encoded) return encoded;
    throw new MasksmithError(
      "state",
      `Embedding ${embedding.id.slice(0, 12)} is no longer held: embed the picture again`,
    );
  }

  /** From the host's store, if that has it and it fits. */
  async #restore(id: string): Promise<EncodedRaster | undefined> {
    const data = await this.#store?.get(id);
    const shape = [1, ...this.#model.manifest.embedding.shape];
    if (data?.length !== shape.reduce((a, b) => a * b)) return undefined;
    return this.#keep(id, this.#model.encoder.tensor(data, shape));
  }

  async #keep(id: string, embedding: Tensor): Promise<EncodedRaster> {
    const encoded = { embedding, context: await this.#model.decoder.context(embedding, this.#model.noMask) };
    this.#cache.set(id, encoded);
    return encoded;
  }

  #run<T>(work: () => Promise<T>, options: PredictOptions): Promise<T> {
    return this.#queue.run(
      async () => {
        this.#checkOpen();
        throwIfAborted(options.signal);
        return work();
      },
      { signal: options.signal, lane: options.lane },
    );
  }

  /** Another model's embedding may have the same shape, and would give masks of nothing. */
  #checkModel({ id, model }: Embedding): void {
    const { manifest } = this.#model;
    if (id.includes(`/${manifest.id}@${manifest.version}/`)) return;
    const mine = `${manifest.id}@${manifest.version}`;
    throw new MasksmithError("state", `The embedding is not of ${mine} but of ${model}: embed the picture again`);
  }

  #checkOpen(): void {
    if (this.#closed) throw new MasksmithError("state", "The engine is closed");
  }
}

/** The original's rule of thumb: a lone point is ambiguous, a box or several points are not. */
function isAmbiguous(prompt: Prompt): boolean {
  const points = (prompt.foreground?.length ?? 0) + (prompt.background?.length ?? 0);
  return !prompt.box && !prompt.mask && points <= 1;
}
