import {
  type Candidate,
  type Embedding,
  type OrderedAnswers,
  orderAnswers,
  type Prediction,
  type Prompt,
  rleArea,
  rleBox,
} from "@masksmith/core";
import type { PanelObject, PromptAct, Step } from "../../state/index.js";

/** What the model says to an object's prompts. */
export interface ObjectAnswer {
  /** The prediction's own, then the alternatives. */
  readonly candidates: readonly Candidate[];
  /** Index of the one shown: the user's choice or the recommended one. */
  readonly chosen: number;
  readonly recommended: number;
  /** True while a newer question is being asked; the candidates are still the old ones. */
  readonly asking: boolean;
  /** True while alternatives are being found; what is shown stays. */
  readonly extending: boolean;
  readonly error: string | null;
}

export type Answers = ReadonlyMap<string, ObjectAnswer>;

/** An answered object as refinement takes it. */
export interface AnsweredObject {
  readonly object: PanelObject;
  /** Names what is shown: equal keys have equal masks. */
  readonly key: string;
  readonly candidate: Candidate;
  /** What was asked of which picture; null for a mask that was taken over. */
  readonly asked: { readonly embedding: Embedding; readonly prompt: Prompt } | null;
}

export const NO_ANSWER: ObjectAnswer = {
  candidates: [],
  chosen: 0,
  recommended: 0,
  asking: false,
  extending: false,
  error: null,
};

/** The answer to show for a prediction, with the alternatives that are known. */
export function answerOf(
  { candidates: own, recommended }: Prediction,
  alternatives: readonly Candidate[] = [],
  steps: readonly Step[],
  extending: boolean,
): ObjectAnswer {
  const candidates = joined(own, alternatives);
  const chosen = Math.min(steps.at(-1)!.choice ?? recommended, candidates.length - 1);
  return { candidates, chosen, recommended, asking: false, extending, error: null };
}

const joinedWith = new WeakMap<readonly Candidate[], readonly [readonly Candidate[], readonly Candidate[]]>();

/** Both lists as one, the same one while they last: what is shown of it is worked out once. */
function joined(own: readonly Candidate[], alternatives: readonly Candidate[]): readonly Candidate[] {
  if (alternatives.length === 0) return own;
  const known = joinedWith.get(own);
  if (known?.[0] === alternatives) return known[1];
  const candidates = [...own, ...alternatives];
  joinedWith.set(own, [alternatives, candidates]);
  return candidates;
}

const ordered = new WeakMap<readonly Candidate[], Map<number, OrderedAnswers>>();

/** The answers a user steps through, see `orderAnswers`; their masks are compared once. */
export function answersBySize({ candidates, chosen }: Pick<ObjectAnswer, "candidates" | "chosen">): OrderedAnswers {
  const byShown = ordered.get(candidates) ?? new Map<number, OrderedAnswers>();
  ordered.set(candidates, byShown);
  const known = byShown.get(chosen) ?? orderAnswers(candidates, chosen);
  byShown.set(chosen, known);
  return known;
}

/** Whether there is more to say to an object's prompts: they are one act that leaves open what is meant. */
export function isOpen([only, more]: readonly Step[]): boolean {
  return only !== undefined && more === undefined && only.act.kind !== "mask" && only.act.kind !== "given";
}

/** A finished mask as the answer it stands for. */
export function givenCandidate({ mask, predictedIou }: Extract<PromptAct, { kind: "given" }>): Candidate {
  return { token: 0, predictedIou, stabilityScore: 1, area: rleArea(mask), bbox: rleBox(mask), mask };
}
