import { MasksmithError } from "../errors.js";
import { rawMask, rleArea, rleBox, stabilityScore, tidyMask } from "../mask/index.js";
import type { Manifest } from "../model/manifest.js";
import type { Candidate, LowResLogits, Placement, Point, PredictOptions } from "../types.js";

/** One prompt's share of a decoder run. */
export interface RawAnswer {
  /** [tokens] predicted IoUs. */
  readonly predictedIou: Float32Array;
  /** [tokens, height, width] low-res logits, row-major; a view that the decoder's output owns. */
  readonly logits: Float32Array;
}

/** What of a prompt bears on how its answers are given. */
export interface Asked {
  /** The ambiguity tokens, or the single-mask token alone. */
  readonly multimask: boolean;
  /** Its foreground points: what holds one is kept when a mask is cleaned. */
  readonly foreground: readonly Point<"model">[];
}

type CandidateOptions = Pick<PredictOptions, "logits" | "soft" | "raw" | "alternatives">;

/**
 * Turns the decoder's answer to one prompt into candidates, best first by the model's ranking rule; with `alternatives` the
 * tokens that were not asked for follow, in the same order.
 */
export function toCandidates(
  answer: RawAnswer,
  { multimask, foreground }: Asked,
  placement: Placement,
  manifest: Manifest,
  options: CandidateOptions,
): Candidate[] {
  const { candidates, ranking, single } = manifest.masks;
  const give = (token: number) => toCandidate(answer, token, foreground, placement, manifest, options);
  const score = (candidate: Candidate) => (ranking === "stability" ? candidate.stabilityScore : candidate.predictedIou);
  const ranked = (tokens: readonly number[]) => tokens.map(give).sort((a, b) => score(b) - score(a));
  const alone = multimask ? undefined : singleToken(answer, manifest);
  if (alone !== undefined) {
    const others = options.alternatives ? candidates.filter((token) => token !== alone) : [];
    return [give(alone), ...ranked(others)];
  }
  const found = ranked(candidates);
  if (!options.alternatives) return multimask ? found : found.slice(0, 1);
  return single === "best" || candidates.includes(single) ? found : [...found, give(single)];
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
  foreground: readonly Point<"model">[],
  placement: Placement,
  manifest: Manifest,
  options: CandidateOptions,
): Candidate {
  const { threshold, stability_offset } = manifest.masks;
  const own = ownLogits(answer, token, manifest);
  const drawing = { threshold, soft: options.soft ?? false };
  const drawn = options.raw ? rawMask(own, placement, drawing) : tidyMask(own, placement, foreground, drawing);
  const { mask, soft, logits, specks } = drawn;
  return {
    token,
    predictedIou: answer.predictedIou[token],
    stabilityScore: stabilityScore(own, placement, threshold, stability_offset),
    specks,
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    ...(soft ? { soft } : {}),
    ...(options.logits ? { logits: { ...logits, data: logits === own ? own.data.slice() : logits.data } } : {}),
  };
}

/** A view of the token's plane. */
function ownLogits({ predictedIou, logits }: RawAnswer, token: number, { id, masks }: Manifest): LowResLogits {
  const [height, width] = masks.low_res;
  const plane = height * width;
  if (predictedIou.length <= token || logits.length < (token + 1) * plane) {
    const given = Math.min(predictedIou.length, Math.floor(logits.length / plane));
    throw new MasksmithError("model", `Model ${id} gives ${given} masks, but its manifest names mask ${token}`);
  }
  return { width, height, data: logits.subarray(token * plane, (token + 1) * plane) };
}
