import type { Tensor } from "onnxruntime-web";
import type { Manifest } from "../model/manifest.js";
import { floatData, type GraphSession, type Tensors } from "../runtime/session.js";

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

  /** Low-res logits of every mask token: [batch, tokens, height, width], row-major. */
  async upscale(answers: TokenAnswers): Promise<Float32Array> {
    const { inputs, outputs } = this.#manifest.decoder.upscale;
    const feeds = Object.fromEntries(inputs.map(({ name }) => [name, answers.tensors[name]!]));
    return floatData(await this.#sessions.upscale.run(feeds), outputs[0]!.name);
  }
}
