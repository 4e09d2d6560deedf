import type { Tensor } from "onnxruntime-web";
import type { Manifest } from "../model/manifest.js";
import { floatData, type GraphSession, type Tensors } from "../runtime/session.js";

/** A part of the embedding's grid, from its left upper corner, in positions. */
export interface Window {
  readonly width: number;
  readonly height: number;
}

/** Logit where none was computed: surely no mask. */
const OUTSIDE = -1000;

/** The decoder's graphs, loaded. */
export interface DecoderSessions {
  readonly context: GraphSession;
  readonly tokens: GraphSession;
  readonly upscale: GraphSession;
}

/** What the tokens graph says of B prompts, before any mask is computed. */
export interface TokenAnswers {
  readonly batch: number;
  /** Mask tokens a prompt, the single-mask token included. */
  readonly tokens: number;
  /** [batch, tokens] predicted IoUs, row-major. */
  readonly predictedIou: Float32Array;
  /** The graph's outputs as they are, to be fed to the upscaling graph. */
  readonly tensors: Tensors;
}

/**
 * The mask decoder in the three steps it is exported in: *context* (once a picture, or once a mask prompt), *tokens*
 * (predicted IoUs of a batch of prompts), *upscale* (low-res logits, only for the prompts that are wanted).
 * The graphs pass their tensors on by name: an input that an earlier graph put out is fed from there.
 */
export class Decoder {
  readonly #sessions: DecoderSessions;
  readonly #manifest: Manifest;

  constructor(sessions: DecoderSessions, manifest: Manifest) {
    this.#sessions = sessions;
    this.#manifest = manifest;
  }

  /**
   * @param embedding float32 [1, C, H, W], the encoder's output.
   * @param dense float32, the mask prompt's dense embedding [1, C, H, W], or the "no mask" vector as [1, C, 1, 1].
   */
  async context(embedding: Tensor, dense: Tensor): Promise<Tensors> {
    const [embeddingInput, denseInput] = this.#manifest.decoder.context.inputs;
    return this.#sessions.context.run({ [embeddingInput!.name]: embedding, [denseInput!.name]: dense });
  }

  /** @param tokens [batch, count, width] prompt tokens, row-major. */
  async answer(context: Tensors, tokens: Float32Array, batch: number, count: number): Promise<TokenAnswers> {
    const { inputs, outputs } = this.#manifest.decoder.tokens;
    const prompt = inputs.find(({ name }) => !(name in context))!;
    const width = tokens.length / (batch * count || 1);
    const feeds: Record<string, Tensor> = {};
    for (const { name } of inputs) if (name in context) feeds[name] = context[name]!;
    const shape = [batch, count, count > 0 ? width : Number(prompt.shape[2])];
    feeds[prompt.name] = this.#sessions.tokens.tensor(tokens, shape);
    const tensors = await this.#sessions.tokens.run(feeds);
    const predictedIou = floatData(tensors, outputs[0]!.name);
    return { batch, tokens: predictedIou.length / batch, predictedIou, tensors };
  }

  /**
   * Low-res logits of every mask token: [batch, tokens, height, width], row-major, over the model's whole padded input.
   * Every position is upscaled on its own, so the work may be cut down without changing what is computed:
   * @param window only these positions, from the left upper corner; the rest of the planes is `OUTSIDE`.
   */
  async upscale(answers: TokenAnswers, window: Window = this.#grid()): Promise<Float32Array> {
    const { inputs, outputs } = this.#manifest.decoder.upscale;
    const feeds: Record<string, Tensor> = {};
    for (const { name, shape } of inputs) {
      const tensor = answers.tensors[name]!;
      feeds[name] = shape.length === 4 ? this.#cut(tensor, answers.batch, window) : tensor;
    }
    const part = floatData(await this.#sessions.upscale.run(feeds), outputs[0]!.name);
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
