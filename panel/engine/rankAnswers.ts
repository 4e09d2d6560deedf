import {
  type Candidate,
  type Embedding,
  MasksmithError,
  type Prediction,
  type Predicts,
  type Prompt,
  rleIou,
} from "@masksmith/core";
import { withOwnLogits } from "./ownLogits.js";
import type { Ranked } from "./protocol.js";

/** Masks of this IoU look the same: one of them is enough. */
const ALIKE = 0.9;

/**
 * What else there is to say to a prompt that has been answered by one mask: the model's ambiguity candidates, as alternatives.
 * A click has them already, and its answer was chosen when it was given.
 */
export async function rankAnswers(
  engine: Predicts,
  embedding: Embedding,
  prompt: Prompt,
  first: Prediction,
  signal: AbortSignal,
): Promise<Ranked> {
  const { candidates: own, recommended } = first;
  if (own.length > 1) return { more: [], recommended, alike: null };
  await new Promise((resolve) => setTimeout(resolve));
  if (signal.aborted) throw new MasksmithError("aborted", "The operation was cancelled");
  const [others] = await engine.predict(embedding, [{ ...prompt, multimask: true }], { logits: true, signal });
  return { more: unlike(own, others!.candidates), recommended, alike: null };
}

/** The candidates that do not look like one already there. */
function unlike(known: readonly Candidate[], others: readonly Candidate[]): Candidate[] {
  const all = [...known];
  for (const other of others)
    if (all.every(({ mask }) => rleIou(mask, other.mask) < ALIKE)) all.push(withOwnLogits(other));
  return all.slice(known.length);
}
