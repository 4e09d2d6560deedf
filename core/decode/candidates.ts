import { MasksmithError } from "../errors.js";
import { logitsToRle, logitsToSoft, rleArea, rleBox, stabilityScore } from "../mask/index.js";
import type { Manifest } from "../model/manifest.js";
import type { Candidate, LowResLogits, Placement, PredictOptions } from "../types.js";

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
  const { candidates, ranking } = manifest.masks;
  const give = (token: number) => toCandidate(answer, token, placement, manifest, options);
  const single = multimask ? undefined : singleToken(answer, manifest);
  if (single !== undefined) return [give(single)];
  const score = (candidate: Candidate) => (ranking === "stability" ? candidate.stabilityScore : candidate.predictedIou);
  const found = candidates.map(give).sort((a, b) => score(b) - score(a));
  return multimask ? found : found.slice(0, 1);
}

/**
 * The token that gives a single answer; undefined: the best candidate does. SAM 2 trusts its single-mask token only if that
 * is stable over the whole low-res mask (sam2/modeling/sam/mask_decoder.py, `_dynamic_multimask_via_stability`).
 */
function singleToken({ logits }: RawAnswer, { masks }: Manifest): number | undefined {
  const { single, single_fallback: rule, low_res } = masks;
  if (single === "best" || !rule) return single === "best" ? undefined : single;
  const plane = low_res[0] * low_res[1];
  let inner = 0;
  let outer = 0;
  for (let i = single * plane; i < (single + 1) * plane; i++) {
    if (logits[i] > rule.stability_offset) inner++;
    if (logits[i] > -rule.stability_offset) outer++;
  }
  return outer === 0 || inner / outer >= rule.threshold ? single : undefined;
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
  if (answer.predictedIou.length <= token || answer.logits.length < (token + 1) * plane) {
    const given = Math.min(answer.predictedIou.length, Math.floor(answer.logits.length / plane));
    throw new MasksmithError(
      "model",
      `Model ${manifest.id} gives ${given} masks, its manifest speaks of mask ${token}`,
    );
  }
  const view = answer.logits.subarray(token * plane, (token + 1) * plane);
  const logits: LowResLogits = { width, height, data: view };
  const mask = logitsToRle(logits, placement, threshold);
  return {
    token,
    predictedIou: answer.predictedIou[token],
    stabilityScore: stabilityScore(logits, placement, threshold, stability_offset),
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    ...(options.soft ? { soft: logitsToSoft(logits, placement, threshold) } : {}),
    ...(options.logits ? { logits: { width, height, data: view.slice() } } : {}),
  };
}
