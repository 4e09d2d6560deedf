import type { Candidate, Embedding, Prediction, PredictOptions, Prompt } from "@masksmith/core";

/** What answers prompts: the engine. */
export interface Predictor {
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
  /** What else the model answers to a prompt that it answered by one mask, with logits. Absent: nothing. */
  alternatives?(
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Candidate[]>;
}
