import type { Candidate, SoftMask } from "@masksmith/core";
import type { Picture } from "./io/readImage.js";

/** What `segment` found, for all writers. */
export interface SegmentResult {
  readonly picture: Picture;
  /** Id of the model. */
  readonly model: string;
  /** Prompt by prompt; of each the recommended answer, or all answers, best first. */
  readonly masks: readonly FoundMask[];
}

export interface FoundMask {
  /** Index of the prompt it answers. */
  readonly prompt: number;
  /** Place among the answers to that prompt, 0 the best. */
  readonly rank: number;
  readonly candidate: Candidate;
  /** Its edges, where they were asked to be more than a binary mask can say. */
  readonly soft?: SoftMask;
}
