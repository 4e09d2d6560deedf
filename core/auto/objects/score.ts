import { countSpecks } from "../../mask/index.js";
import type { LowResLogits } from "../../types.js";

/** What a mask says about itself. */
export interface MaskSigns {
  readonly predictedIou: number;
  readonly stabilityScore: number;
  /** See `countSpecks`. */
  readonly specks: number;
  /** Share of the picture, above 0. */
  readonly share: number;
}

/** A mask with more specks is no object. */
export const MOST_SPECKS = 12;
/** Smaller masks, as a share of the picture, are details. */
export const LEAST_SHARE = 0.003;

const SPECK_COST = 0.02;
const SIZE_GAIN = 0.08;

/**
 * How likely a person sees an object in a mask, to rank masks by; mostly -0.5..1. Chosen on 18 photographs in which five or so
 * people drew what they saw, checked on 17 others.
 */
export function objectScore({ predictedIou, stabilityScore, specks, share }: MaskSigns): number {
  return predictedIou * stabilityScore - SPECK_COST * Math.log(1 + specks) + SIZE_GAIN * Math.log(share);
}

/** Scouted masks of fewer are too rough to be told from nothing: half of `LEAST_SHARE`. */
const LEAST_SCOUTED_SHARE = LEAST_SHARE / 2;
/** Scouting sees more specks than decoding does. */
const MOST_SCOUTED_SPECKS = 2 * MOST_SPECKS;
const LEAST_SCOUTED_STABILITY = 0.3;

/** The score of a mask as scouting sees it; nothing for one that is surely no object. @param share of the crop. */
export function scoutedScore(
  predictedIou: number,
  stabilityScore: number,
  share: number,
  logits: LowResLogits,
  threshold: number,
): number | undefined {
  if (share < LEAST_SCOUTED_SHARE || stabilityScore < LEAST_SCOUTED_STABILITY) return undefined;
  const specks = countSpecks(logits, { threshold, content: logits });
  if (specks > MOST_SCOUTED_SPECKS) return undefined;
  return objectScore({ predictedIou, stabilityScore, specks, share });
}
