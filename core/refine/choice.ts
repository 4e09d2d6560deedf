import type { Candidate } from "../types.js";

/** A mask of so many specks is ragged. */
const RAGGED = 8;
/** Another answer is taken only if it has at most this share of the first one's specks. */
const CLEANER = 0.5;
/** And if its predicted IoU is lower by no more than this. */
const NEARLY_AS_GOOD = 0.05;

/**
 * Which answer to show at once. The model's first choice, unless it is ragged: specks are the best sign to be had for free that
 * it is not what was meant. Then the first of the others that is nearly as good by the model's own word and has half as many
 * specks or fewer, if there is one. Nothing larger is ever preferred for its size.
 * @param candidates answers to one prompt, in the model's order.
 * @returns an index, 0 for an empty list.
 */
export function chooseAnswer(candidates: readonly Pick<Candidate, "predictedIou" | "specks">[]): number {
  const first = candidates[0];
  const specks = first?.specks ?? 0;
  if (!first || specks < RAGGED) return 0;
  const other = candidates.findIndex(
    (candidate, i) =>
      i > 0 &&
      candidate.specks !== undefined &&
      candidate.specks <= CLEANER * specks &&
      candidate.predictedIou >= first.predictedIou - NEARLY_AS_GOOD,
  );
  return Math.max(0, other);
}
