import type { Embedding, Prediction, PredictOptions, Prompt } from "@masksmith/core";
import type { Ranked } from "../../engine/index.js";

/** What answers prompts: the engine. */
export interface Predictor {
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
  /** Says which answer is likeliest meant; without it the model's own order stands. */
  rank?(
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Ranked>;
}
