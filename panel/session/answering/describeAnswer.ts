import type { Candidate } from "@masksmith/core";
import { answersBySize, type ObjectAnswer } from "./objectAnswer.js";

type Shown = Pick<ObjectAnswer, "candidates" | "chosen">;
type Extent = { readonly width: number; readonly height: number };

/** An answer in words, for screen readers; punctuation marks have their names, which are not always read out. */
export function describeAnswer(name: string, answer: Shown, document: Extent): string {
  const { order } = answersBySize(answer);
  const keys = "Press comma for a smaller one, period for a larger one.";
  const more = order.length > 1 ? ` ${order.length} suggestions. ${keys}` : "";
  return `${name}: ${share(answer.candidates[answer.chosen], document)}.${more}`;
}

/** Another of the same answers in words, after the one that was shown before. */
export function describeStep(before: Shown, now: Shown, document: Extent): string {
  const { order, current } = answersBySize(now);
  const candidate = now.candidates[now.chosen];
  const which = candidate.area < before.candidates[before.chosen].area ? "Smaller" : "Larger";
  return `${which} suggestion, ${current + 1} of ${order.length}: ${share(candidate, document)}.`;
}

function share({ area }: Candidate, { width, height }: Extent): string {
  const percent = (100 * area) / (width * height);
  return `${percent < 1 ? "less than one percent" : `${Math.round(percent)} percent`} of the image`;
}
