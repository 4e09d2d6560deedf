import type { Candidate, PredictOptions } from "../engine/types.js";
import { logitsToRle, logitsToSoft, rleArea, rleBox, stabilityScore } from "../mask/index.js";
import type { LowResLogits } from "../mask/types.js";
import type { Manifest } from "../model/manifest.js";
import type { Placement } from "../prompt/frames.js";

/** One prompt's share of a decoder run. */
export interface RawAnswer {
  /** [tokens] predicted IoUs. */
  readonly predictedIou: Float32Array;
  /** [tokens, height, width] low-res logits, row-major; a view that the decoder's output owns. */
  readonly logits: Float32Array;
}

/**
 * Turns the decoder's answer to one prompt into candidates, best first by the model's ranking rule.
 * @param multimask the ambiguity tokens, or the single-mask token alone.
 */
export function toCandidates(
  answer: RawAnswer,
  multimask: boolean,
  placement: Placement,
  manifest: Manifest,
  options: Pick<PredictOptions, "logits" | "soft">,
): Candidate[] {
  const { candidates, single, ranking } = manifest.masks;
  const tokens = multimask ? candidates : [single];
  const found = tokens.map((token) => toCandidate(answer, token, placement, manifest, options));
  const score = (candidate: Candidate) => (ranking === "stability" ? candidate.stabilityScore : candidate.predictedIou);
  return found.sort((a, b) => score(b) - score(a));
}

function toCandidate(
  answer: RawAnswer,
  token: number,
  placement: Placement,
  manifest: Manifest,
  options: Pick<PredictOptions, "logits" | "soft">,
): Candidate {
  const [height, width] = manifest.masks.low_res;
  const { threshold, stability_offset } = manifest.masks;
  const plane = height * width;
  const view = answer.logits.subarray(token * plane, (token + 1) * plane);
  const logits: LowResLogits = { width, height, data: view };
  const mask = logitsToRle(logits, placement, threshold);
  return {
    token,
    predictedIou: answer.predictedIou[token]!,
    stabilityScore: stabilityScore(logits, placement, threshold, stability_offset),
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    ...(options.soft ? { soft: logitsToSoft(logits, placement, threshold) } : {}),
    ...(options.logits ? { logits: { width, height, data: view.slice() } } : {}),
  };
}
