import { rleArea, rleBox, stabilityScore, tidyMask } from "../mask/index.js";
import { documentToModel } from "../prompt/transform.js";
import type { Candidate, LowResLogits, Placement, Point } from "../types.js";

/** As the original's `calculate_stability_score` is called. */
const STABILITY_OFFSET = 1;

/**
 * One answer that is the mean of several: of their logits and predicted IoUs. Cleaned as all answers are.
 * @param foreground the prompt's points: what holds one is kept.
 */
export function meanAnswer(
  answers: readonly (Candidate & { readonly logits: LowResLogits })[],
  placement: Placement,
  foreground: readonly Point<"document">[],
  { soft: wantsSoft = false, threshold = 0 }: { readonly soft?: boolean; readonly threshold?: number },
): Candidate & { readonly logits: LowResLogits; readonly specks: number } {
  const own = meanLogits(answers.map(({ logits }) => logits));
  const asked = foreground.map((at) => documentToModel(at, placement));
  const { mask, soft, logits, specks } = tidyMask(own, placement, asked, { threshold, soft: wantsSoft });
  return {
    token: answers[0].token,
    predictedIou: answers.reduce((sum, { predictedIou }) => sum + predictedIou, 0) / answers.length,
    stabilityScore: stabilityScore(own, placement, threshold, STABILITY_OFFSET),
    specks,
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    logits,
    ...(soft ? { soft } : {}),
  };
}

function meanLogits(all: readonly LowResLogits[]): LowResLogits {
  const { width, height } = all[0];
  const data = new Float32Array(width * height);
  for (const logits of all) for (let i = 0; i < data.length; i++) data[i] += logits.data[i] / all.length;
  return { width, height, data };
}
