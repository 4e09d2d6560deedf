import type { Features } from "../encode/features.js";
import type { SparsePrompt } from "../prompt/encode.js";
import type { Tensors } from "../runtime/session.js";
import type { LowResLogits } from "../types.js";

/** A part of the embedding's grid, from its left upper corner, in positions. */
export interface Window {
  readonly width: number;
  readonly height: number;
}

/** What the decoder says of B prompts, before any mask is computed. */
export interface TokenAnswers {
  readonly batch: number;
  /** Masks a prompt, the single-mask token's included. */
  readonly tokens: number;
  /** [batch, tokens] predicted IoUs, row-major. */
  readonly predictedIou: Float32Array;
  /** The graph's outputs as they are. */
  readonly tensors: Tensors;
}

/** A mask decoder of any layout. Calls must not overlap. */
export interface MaskDecoder {
  /** Why the model cannot scout points on a coarser grid (fast automatic masks); undefined: it can. */
  readonly noScouting: string | undefined;
  /** Prompts of equal key may be answered together; undefined: this one stands alone. */
  key(prompt: SparsePrompt): string | undefined;
  /** @throws MasksmithError `input` if the model cannot take such a prompt. */
  check(prompt: SparsePrompt, withMask: boolean): void;
  /** What all prompts of a picture share; with a mask prompt, what that one needs. */
  context(features: Features, mask?: LowResLogits): Promise<Tensors>;
  /** Answers prompts of one key. */
  answer(context: Tensors, prompts: readonly SparsePrompt[]): Promise<TokenAnswers>;
  /**
   * Low-res logits of every mask: [batch, tokens, height, width], row-major, over the model's whole padded input.
   * @param window only these positions of the grid need be right, from the left upper corner; default all.
   */
  upscale(answers: TokenAnswers, window?: Window): Promise<Float32Array>;
}
