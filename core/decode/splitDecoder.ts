import type { Tensor } from "onnxruntime-web";
import { type Features, mainFeature } from "../encode/features.js";
import type { Manifest, PromptSpec, SplitSpec } from "../model/manifest.js";
import { encodePrompt, type SparsePrompt, tokenCount } from "../prompt/encode.js";
import type { PromptTables } from "../prompt/tables.js";
import { floatData, type GraphSession, type Tensors } from "../runtime/session.js";
import type { LowResLogits } from "../types.js";
import type { MaskDecoder, TokenAnswers, Window } from "./maskDecoder.js";

/** Logit where none was computed: surely no mask. */
const OUTSIDE = -1000;

/** Name of the tokens graph's output of predicted IoUs; some families have other scores beside it. */
const PREDICTED_IOU = "iou_predictions";

/** The decoder's graphs, loaded. */
export interface DecoderSessions {
  readonly context: GraphSession;
  readonly tokens: GraphSession;
  readonly upscale: GraphSession;
  /** Turns a mask prompt into a dense embedding; who never asks with masks may leave it out. */
  readonly maskPrompt?: GraphSession | undefined;
}

/**
 * The mask decoder in the three steps it is exported in: *context* (once a picture, or once a mask prompt), *tokens*
 * (predicted IoUs of a batch of prompts), *upscale* (low-res logits, only for the prompts that are wanted).
 * The graphs pass their tensors on by name: an input that an earlier graph or the encoder put out is fed from there.
 */
export class SplitDecoder implements MaskDecoder {
  readonly #sessions: DecoderSessions;
  readonly #manifest: Manifest;
  readonly #spec: SplitSpec;
  readonly #prompt: PromptSpec;
  readonly #tables: PromptTables;
  /** The "no mask" vector as [1, width, 1, 1], which the context graph broadcasts. */
  readonly #noMask: Tensor;
  /** Features of the encoder that the later graphs read themselves. */
  readonly #passed: readonly string[];

  /** @param manifest of a model in the split layout. */
  constructor(sessions: DecoderSessions, manifest: Manifest, tables: PromptTables) {
    this.#sessions = sessions;
    this.#manifest = manifest;
    this.#spec = manifest.decoder as SplitSpec;
    this.#prompt = manifest.prompt!;
    this.#tables = tables;
    this.#noMask = sessions.context.tensor(tables.noMask, [1, tables.width, 1, 1]);
    const extra = Object.values(manifest.encoders)[0].extra ?? [];
    const read = new Set([...this.#spec.tokens.inputs, ...this.#spec.upscale.inputs].map(({ name }) => name));
    this.#passed = extra.map(({ name }) => name).filter((name) => read.has(name));
  }

  /** Scouting averages the context's image tokens; finer features of the picture it has no coarse form of. */
  get noScouting(): string | undefined {
    return this.#passed.length > 0 ? "its decoder reads finer features of the picture too" : undefined;
  }

  key(prompt: SparsePrompt): string {
    return String(tokenCount(prompt, this.#prompt.padding_point));
  }

  check(): void {}

  async context(features: Features, mask?: LowResLogits): Promise<Tensors> {
    const dense = mask ? await this.#dense(mask) : this.#noMask;
    const main = mainFeature(this.#manifest);
    const [embeddingInput, denseInput] = this.#spec.context.inputs;
    const feeds: Record<string, Tensor> = { [embeddingInput!.name]: features[main], [denseInput!.name]: dense };
    for (const { name } of this.#spec.context.inputs.slice(2)) feeds[name] = features[name];
    const context = await this.#sessions.context.run(feeds);
    return { ...context, ...Object.fromEntries(this.#passed.map((name) => [name, features[name]])) };
  }

  async #dense({ data, width, height }: LowResLogits): Promise<Tensor> {
    const { maskPrompt } = this.#sessions;
    const { inputs, outputs } = maskPrompt!.spec;
    const dense = await maskPrompt!.run({ [inputs[0].name]: maskPrompt!.tensor(data, [1, 1, height, width]) });
    floatData(dense, outputs[0].name);
    return dense[outputs[0].name];
  }

  async answer(context: Tensors, prompts: readonly SparsePrompt[]): Promise<TokenAnswers> {
    const { inputs, outputs } = this.#spec.tokens;
    const prompt = inputs.find(({ name }) => !(name in context))!;
    const batch = prompts.length;
    const count = tokenCount(prompts[0], this.#prompt.padding_point);
    const { width } = this.#tables;
    const values = new Float32Array(batch * count * width);
    prompts.forEach((asked, i) => {
      values.set(encodePrompt(asked, this.#tables, this.#manifest.input.size, this.#prompt), i * count * width);
    });
    const feeds: Record<string, Tensor> = {};
    for (const { name } of inputs) if (name in context) feeds[name] = context[name];
    feeds[prompt.name] = this.#sessions.tokens.tensor(values, [batch, count, width]);
    const results = await this.#sessions.tokens.run(feeds);
    const scores = outputs.find(({ name }) => name === PREDICTED_IOU) ?? outputs[0];
    const predictedIou = floatData(results, scores.name);
    const passed = Object.fromEntries(this.#passed.map((name) => [name, context[name]]));
    return { batch, tokens: predictedIou.length / batch, predictedIou, tensors: { ...passed, ...results } };
  }

  /** Every position is upscaled on its own, so only the window's are computed; the rest of the planes is `OUTSIDE`. */
  async upscale(answers: TokenAnswers, asked: Window = this.#grid()): Promise<Float32Array> {
    const { inputs, outputs } = this.#spec.upscale;
    const window = this.#passed.length > 0 ? this.#grid() : asked;
    const feeds: Record<string, Tensor> = {};
    for (const { name, shape } of inputs) {
      const tensor = answers.tensors[name];
      const cut = shape.length === 4 && !this.#passed.includes(name);
      feeds[name] = cut ? this.#cut(tensor, answers.batch, window) : tensor;
    }
    const part = floatData(await this.#sessions.upscale.run(feeds), outputs[0].name);
    return this.#pasted(part, answers.batch * answers.tokens, window);
  }

  #grid(): Window {
    const [, height, width] = this.#manifest.embedding.shape;
    return { width, height };
  }

  /** The window of image tokens [batch, positions, channels] as [batch, height, width, channels]. */
  #cut(tensor: Tensor, batch: number, { width, height }: Window): Tensor {
    const grid = this.#grid();
    const all = tensor.data as Float32Array;
    const channels = all.length / (batch * grid.width * grid.height);
    const shape = [batch, height, width, channels];
    const { upscale } = this.#sessions;
    if (width === grid.width && (batch === 1 || height === grid.height)) {
      return upscale.tensor(all.subarray(0, batch * height * width * channels), shape);
    }
    const part = new Float32Array(batch * height * width * channels);
    const row = width * channels;
    for (let prompt = 0, to = 0; prompt < batch; prompt++) {
      for (let y = 0; y < height; y++, to += row) {
        const from = (prompt * grid.height + y) * grid.width * channels;
        part.set(all.subarray(from, from + row), to);
      }
    }
    return upscale.tensor(part, shape);
  }

  /** Planes of a window's logits, put back into planes of the whole input. */
  #pasted(part: Float32Array, planes: number, window: Window): Float32Array {
    const [lowHeight, lowWidth] = this.#manifest.masks.low_res;
    const whole = planes * lowHeight * lowWidth;
    if (part.length === whole) return part;
    const grid = this.#grid();
    const width = (window.width * lowWidth) / grid.width;
    const height = (window.height * lowHeight) / grid.height;
    const all = new Float32Array(whole).fill(OUTSIDE);
    for (let plane = 0, from = 0; plane < planes; plane++) {
      for (let y = 0; y < height; y++, from += width) {
        all.set(part.subarray(from, from + width), (plane * lowHeight + y) * lowWidth);
      }
    }
    return all;
  }
}
