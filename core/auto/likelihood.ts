import type { MaskFilterSettings } from "./judge.js";

/**
 * Logistic regression of "this prompt's mask passes the filters" on what scouting sees of it, fitted on the 1,024-point
 * grids of twelve photographs with the official thresholds. The factors of each coefficient are named beside it.
 */
const COEFFICIENTS = {
  constant: -2.232,
  iou: 1.257,
  stability: -0.123,
  area: 0.73,
  iouStability: 0.612,
  iouArea: 0.407,
  stabilityArea: -0.229,
  areaArea: 0.097,
} as const;

/** The thresholds that the coefficients were fitted for; with others the scores are moved by the difference. */
const FITTED_IOU = 0.88;
const FITTED_STABILITY = 0.95;

/**
 * Probability that decoding finds a mask that passes.
 * @param predictedIou @param stability as scouting estimates them. @param area share of the picture, above 0.
 */
export function likelihoodOf(
  predictedIou: number,
  stability: number,
  area: number,
  settings: MaskFilterSettings,
): number {
  const iouDoubt = Math.log(Math.max(1e-3, 1 - (predictedIou + FITTED_IOU - settings.predIouThresh)));
  const stabilityDoubt = Math.log(Math.max(5e-3, 1 - (stability + FITTED_STABILITY - settings.stabilityScoreThresh)));
  const size = Math.log(Math.max(1e-5, area));
  const c = COEFFICIENTS;
  const sum =
    c.constant +
    c.iou * iouDoubt +
    c.stability * stabilityDoubt +
    c.area * size +
    c.iouStability * iouDoubt * stabilityDoubt +
    c.iouArea * iouDoubt * size +
    c.stabilityArea * stabilityDoubt * size +
    c.areaArea * size * size;
  return 1 / (1 + Math.exp(-sum));
}
