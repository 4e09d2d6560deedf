import type { Embedding, EmbedOptions, Prediction, PredictOptions, Prompt, Raster } from "../types.js";

/** What refinement asks of an engine: answers to prompts. */
export interface Predicts {
  /** As `Engine.predict`. */
  predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions): Promise<Prediction[]>;
}

/** The same, and embeddings of regions. */
export interface Looks extends Predicts {
  /** As `Engine.embed`. */
  embed(raster: Raster, options?: EmbedOptions): Promise<Embedding>;
}
