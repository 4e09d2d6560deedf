import { untilHeard } from "../aborts.js";
import { type GenerateOptions, type GeneratorHost, generateMasks } from "../auto/generate.js";
import { toCandidates } from "../decode/candidates.js";
import { contentWindow } from "../decode/window.js";
import { encodeRaster, type PreparedRaster, prepareRaster } from "../encode/encoder.js";
import { type Features, packFeatures, unpackFeatures } from "../encode/features.js";
import { invalid, MasksmithError, throwIfAborted } from "../errors.js";
import { rleToLogits } from "../mask/index.js";
import type { Manifest } from "../model/manifest.js";
import { encoderMark } from "../model/marks.js";
import { makePlacement } from "../prompt/transform.js";
import { toRgb8 } from "../raster.js";
import { chooseAnswer } from "../refine/choice.js";
import { RunQueue } from "../runtime/queue.js";
import type { Tensors } from "../runtime/session.js";
import type { Signal } from "../signal.js";
import type {
  Candidate,
  Embedding,
  EmbedOptions,
  EngineBackend,
  ObjectMask,
  Placement,
  Prediction,
  PredictOptions,
  Prompt,
  Raster,
} from "../types.js";
import { checkEmbedOptions, checkGenerateOptions, checkPredict } from "./arguments.js";
import { EmbeddingCache, type EncodedRaster } from "./cache.js";
import type { ApartEncoder } from "./encodeApart.js";
import { groupPrompts, type PromptGroup } from "./groups.js";
import type { LoadedModel } from "./loaded.js";
import type { DecoderPool } from "./pool.js";
import type { EmbeddingStore, Engine, EngineInfo } from "./types.js";

/** Prompts a decoder run: enough to fill the matrix products, few enough that their image tokens stay near 64 MB. */
const BATCH = 16;

/** The engine in its own thread; `createEngine` makes it. */
export class LocalEngine implements Engine<EngineBackend> {
  readonly info: EngineInfo<EngineBackend>;
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
    info: EngineInfo<EngineBackend>,
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
    checkEmbedOptions(options);
    return this.#embed(raster, options, (prepared) => this.#encode(prepared));
  }

  async #embed(
    raster: Raster,
    options: EmbedOptions,
    encode: (prepared: PreparedRaster, signal: Signal | undefined) => Promise<Features>,
  ): Promise<Embedding> {
    this.#checkOpen();
    throwIfAborted(options.signal);
    const { manifest } = this.#model;
    const prepared = prepareRaster(toRgb8(raster), manifest);
    const placement = makePlacement(raster, prepared.content, manifest.input.size, options);
    const id = `${prepared.hash}/${this.#made()}`;
    const embedding = { id, model: manifest.id, encoder: this.info.encoder, placement };
    const report = (fraction: number) => options.onProgress?.({ stage: "Analyzing image", fraction });
    await this.#run(async () => {
      const isKnown = this.#cache.has(id) || (await this.#restore(id));
      throwIfAborted(options.signal);
      if (isKnown) return;
      report(0);
      const features = await encode(prepared, options.signal);
      await untilHeard(options.signal);
      await this.#keep(id, features);
      await this.#store?.set(id, packFeatures(features, manifest));
    }, options);
    report(1);
    return embedding;
  }

  #encode(prepared: PreparedRaster): Promise<Features> {
    return encodeRaster(prepared.content, this.#model.encoder, this.#model.manifest);
  }

  /** In a worker that ends with the generation, where there are workers. */
  async #encodeApart(prepared: PreparedRaster, signal: Signal | undefined): Promise<Features> {
    if (!this.#apart) return this.#encode(prepared);
    const { manifest, encoder } = this.#model;
    const packed = await this.#apart.encode(prepared, signal);
    const features = unpackFeatures(packed, manifest, (values, shape) => encoder.tensor(values, shape));
    if (!features) throw new MasksmithError("runtime", `The encoder's worker gave ${packed.length} numbers`);
    return features;
  }

  async predict(embedding: Embedding, prompts: readonly Prompt[], options: PredictOptions = {}): Promise<Prediction[]> {
    this.#checkOpen();
    checkPredict(embedding, prompts, options);
    this.#checkMade(embedding);
    const { placement } = embedding;
    const groups = groupPrompts(prompts, placement, this.#model.decoder, BATCH);
    const predictions = new Array<Prediction>(prompts.length);
    let done = 0;
    for (const group of groups) {
      if (done > 0) await untilHeard(options.signal);
      await this.#run(() => this.#answer(embedding, group, prompts, options, predictions), options);
      done += group.members.length;
      options.onProgress?.({ stage: "Finding the object", fraction: done / prompts.length });
    }
    return predictions;
  }

  async generate(raster: Raster, options: GenerateOptions = {}): Promise<ObjectMask[]> {
    checkGenerateOptions(options);
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
    return this.#cache.has(embedding?.id);
  }

  release(embedding: Embedding): void {
    this.#cache.delete(embedding?.id);
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

  /** What made an embedding, as its id says it; the mark tells models apart that carry the same name. */
  #made(): string {
    const { manifest } = this.#model;
    const { encoder } = this.info;
    return `${manifest.id}@${manifest.version}/${encoder}-${encoderMark(manifest, encoder)}`;
  }

  /** Embeddings of different models are different languages. */
  #checkMade({ id, model, encoder }: Embedding): void {
    if (id.endsWith(`/${this.#made()}`)) return;
    throw new MasksmithError(
      "state",
      `The embedding was made by ${model} (${encoder}), this engine runs ${this.info.model.id} (${this.info.encoder}): ` +
        "embed the picture again",
    );
  }

  #generatorHost(): GeneratorHost {
    const { noScouting, manifest } = { ...this.#model, noScouting: this.#model.decoder.noScouting };
    return {
      candidates: manifest.masks.candidates.length,
      ...(noScouting === undefined ? {} : { noFast: `Model ${manifest.id} has no fast mode: ${noScouting}` }),
      embed: (raster, options) =>
        this.#embed(raster, options, (prepared, signal) => this.#encodeApart(prepared, signal)),
      endEncoding: () => this.#apart?.end(),
      takeEmbedding: async (embedding, keep) => {
        const packed = packFeatures((await this.#encoded(embedding)).features, manifest);
        if (!keep) this.#cache.delete(embedding.id);
        return packed;
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
    const answers = await decoder.answer(context, group.prompts);
    throwIfAborted(options.signal);
    const window = options.logits ? undefined : contentWindow(embedding.placement, manifest);
    const logits = await decoder.upscale(answers, window);
    const plane = logits.length / answers.batch;
    group.members.forEach((member, i) => {
      const raw = {
        predictedIou: answers.predictedIou.subarray(i * answers.tokens, (i + 1) * answers.tokens),
        logits: logits.subarray(i * plane, (i + 1) * plane),
      };
      const multimask = prompts[member].multimask ?? isAmbiguous(prompts[member]);
      const { foreground } = group.prompts[i];
      const candidates = toCandidates(raw, { multimask, foreground }, embedding.placement, manifest, options);
      const mayChoose = multimask && !options.raw;
      predictions[member] = { candidates, recommended: mayChoose ? chooseAnswer(asked(candidates, manifest)) : 0 };
    });
  }

  async #contextOf(encoded: EncodedRaster, group: PromptGroup, placement: Placement): Promise<Tensors> {
    if (!group.mask) return encoded.context;
    const { decoder, manifest } = this.#model;
    const [height, width] = manifest.masks.low_res;
    const logits = "size" in group.mask ? rleToLogits(group.mask, placement, { width, height }) : group.mask;
    if (logits.width !== width || logits.height !== height || logits.data.length !== width * height) {
      throw invalid("mask logits", `${width}x${height} floats`, `${logits.width}x${logits.height}`);
    }
    return decoder.context(encoded.features, logits);
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
    const { manifest, encoder } = this.#model;
    const features = data && unpackFeatures(data, manifest, (values, shape) => encoder.tensor(values, shape));
    return features && this.#keep(id, features);
  }

  async #keep(id: string, features: Features): Promise<EncodedRaster> {
    const encoded = { features, context: await this.#model.decoder.context(features) };
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

  #checkOpen(): void {
    if (this.#closed) throw new MasksmithError("state", "The engine is closed");
  }
}

/** The candidates that a choice is to be made among: the model's ambiguity masks, which come first. */
function asked(candidates: readonly Candidate[], { masks }: Manifest): readonly Candidate[] {
  return candidates.slice(0, masks.candidates.length);
}

/** The original's rule of thumb: a lone point is ambiguous, a box or several points are not. */
function isAmbiguous(prompt: Prompt): boolean {
  const points = (prompt.foreground?.length ?? 0) + (prompt.background?.length ?? 0);
  return !prompt.box && !prompt.mask && points <= 1;
}
