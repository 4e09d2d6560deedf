import { rleIou } from "../mask/index.js";
import type { Candidate } from "../types.js";

/** Masks of this IoU look the same: one of them is enough. */
const ALIKE = 0.9;

/** The answers to one prompt as a user steps through them. */
export interface OrderedAnswers {
  /** Indices into the candidates, from the smallest mask to the largest; copies of others and empty masks are left out. */
  readonly order: readonly number[];
  /** Place in `order` of the one shown. */
  readonly current: number;
}

/** Where to go from the answer shown: `next` is the next larger one, after the largest the smallest; `previous` goes back. */
export type AnswerStep = "smaller" | "larger" | "next" | "previous";

/**
 * The distinct answers by size. Of masks that look the same (IoU of 0.9 or more) the one shown stays, else the one named first.
 * @param shown index of the candidate shown; it is always among the answers.
 */
export function orderAnswers(candidates: readonly Pick<Candidate, "mask" | "area">[], shown: number): OrderedAnswers {
  const kept: number[] = shown < candidates.length ? [shown] : [];
  candidates.forEach(({ mask, area }, i) => {
    if (i === shown || area === 0) return;
    if (kept.every((other) => rleIou(candidates[other].mask, mask) < ALIKE)) kept.push(i);
  });
  const order = kept.sort((a, b) => candidates[a].area - candidates[b].area || a - b);
  return { order, current: Math.max(0, order.indexOf(shown)) };
}

/** The answer one step on: an index into the candidates, or null where there is none that way. */
export function stepAnswer({ order, current }: OrderedAnswers, step: AnswerStep): number | null {
  const place = step === "smaller" || step === "previous" ? current - 1 : current + 1;
  if (step === "smaller" || step === "larger") return order[place] ?? null;
  return order.length > 1 ? order[(place + order.length) % order.length] : null;
}
