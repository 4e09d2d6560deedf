import { contentCells, logitsToRle, logitsToSoft, rleArea, rleBox, stabilityScore, tidyLogits } from "../mask/index.js";
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
  { soft = false, threshold = 0 }: { readonly soft?: boolean; readonly threshold?: number },
): Candidate & { readonly logits: LowResLogits; readonly specks: number } {
  const own = meanLogits(answers.map(({ logits }) => logits));
  const scale = own.width / placement.input;
  const points = foreground
    .map((at) => documentToModel(at, placement))
    .map(({ x, y }) => ({ x: x * scale, y: y * scale }));
  const { logits, specks } = tidyLogits(own, { threshold, content: contentCells(own, placement), points });
  const mask = logitsToRle(logits, placement, threshold);
  return {
    token: answers[0].token,
    predictedIou: answers.reduce((sum, { predictedIou }) => sum + predictedIou, 0) / answers.length,
    stabilityScore: stabilityScore(own, placement, threshold, STABILITY_OFFSET),
    specks,
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    logits,
    ...(soft ? { soft: logitsToSoft(logits, placement, threshold) } : {}),
  };
}

function meanLogits(all: readonly LowResLogits[]): LowResLogits {
  const { width, height } = all[0];
  const data = new Float32Array(width * height);
  for (const logits of all) for (let i = 0; i < data.length; i++) data[i] += logits.data[i] / all.length;
  return { width, height, data };
}
