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

/** Masks of this IoU look the same: one of them is enough. */
const SAME_MASK = 0.9;

/**
 * What else the model has to say to a prompt that it answered by one mask: its ambiguity candidates, with logits, without those
 * that look like one already there.
 * @throws MasksmithError `aborted`, or as `Engine.predict`.
 */
export async function alternativesTo(
  engine: Predicts,
  embedding: Embedding,
  prompt: Prompt,
  first: Prediction,
  signal: AbortSignal,
): Promise<Candidate[]> {
  // Lets a message that stops this in before the model runs.
  await new Promise((resolve) => setTimeout(resolve));
  if (signal.aborted) throw new MasksmithError("aborted", "The operation was cancelled");
  const [others] = await engine.predict(embedding, [{ ...prompt, multimask: true }], { logits: true, signal });
  const all: Candidate[] = [...first.candidates];
  for (const other of others!.candidates)
    if (all.every(({ mask }) => rleIou(mask, other.mask) < SAME_MASK)) all.push(withOwnLogits(other));
  return all.slice(first.candidates.length);
}
