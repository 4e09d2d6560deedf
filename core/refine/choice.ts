import type { Candidate } from "../types.js";

/** A mask of so many specks is ragged. */
const RAGGED = 6;
/** Another answer is taken only if it has at most this share of the first one's specks. */
const CLEANER = 0.5;
/** And if its predicted IoU is lower by no more than this. */
const NEARLY_AS_GOOD = 0.05;
/** And if it is no mere detail of the ragged one: at least this share of its area. On gravel or leaves a twig is clean, and not meant. */
const LEAST_SHARE = 0.02;

/**
 * Which answer to show at once. The model's first choice, unless it is ragged: specks are the best sign to be had for free that
 * it is not what was meant. Then the first of the others that is nearly as good by the model's own word, has half as many specks or
 * fewer and is no mere detail of it, if there is one. Nothing is ever preferred for being larger.
 * @param candidates answers to one prompt, in the model's order.
 * @returns an index, 0 for an empty list.
 */
export function chooseAnswer(candidates: readonly Pick<Candidate, "predictedIou" | "specks" | "area">[]): number {
  const first = candidates[0];
  const specks = first?.specks ?? 0;
  if (!first || specks < RAGGED) return 0;
  const other = candidates.findIndex(
    (candidate, i) =>
      i > 0 &&
      candidate.specks !== undefined &&
      candidate.specks <= CLEANER * specks &&
      candidate.predictedIou >= first.predictedIou - NEARLY_AS_GOOD &&
      candidate.area >= LEAST_SHARE * first.area,
  );
  return Math.max(0, other);
}
