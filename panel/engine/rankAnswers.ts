import {
  type Candidate,
  type Embedding,
  type Engine,
  MasksmithError,
  type Prediction,
  type PredictOptions,
  type Prompt,
  recommend,
  rleIou,
} from "@masksmith/core";
import { withOwnLogits } from "./ownLogits.js";
import type { Ranked } from "./protocol.js";

/** Prompts a run of the model: a newer act waits for no more than these. */
const AT_ONCE = 2;

/** Masks of this IoU look the same: one of them is enough. */
const ALIKE = 0.9;

type Predicts = Pick<Engine, "predict">;

/**
 * What else there is to say to a prompt that has been answered. A lone click: which answer is likeliest meant, perhaps one of a
 * click beside it (`recommend`). Anything else that is answered by one mask: the model's ambiguity candidates as alternatives.
 */
export async function rankAnswers(
  engine: Predicts,
  embedding: Embedding,
  prompt: Prompt,
  first: Prediction,
  signal: AbortSignal,
): Promise<Ranked> {
  const patient = inTurns(engine, signal);
  const options = { logits: true, signal };
  if (first.candidates.length > 1) {
    const { candidates } = await recommend(patient, embedding, prompt, first, options);
    return recommended(first, candidates[0]);
  }
  const [others] = await patient.predict(embedding, [{ ...prompt, multimask: true }], options);
  const more = unlike(first.candidates, others!.candidates);
  return { more, recommended: first.recommended, alike: null };
}

function recommended(first: Prediction, best: Candidate): Ranked {
  const own = first.candidates.indexOf(best);
  if (own >= 0) return { more: [], recommended: own, alike: null };
  const ious = first.candidates.map(({ mask }) => rleIou(mask, best.mask));
  const nearest = ious.indexOf(Math.max(...ious));
  const alike = ious[nearest] >= ALIKE ? nearest : null;
  return { more: [withOwnLogits(best)], recommended: first.candidates.length, alike };
}

/** The candidates that do not look like one already there. */
function unlike(known: readonly Candidate[], others: readonly Candidate[]): Candidate[] {
  const all = [...known];
  for (const other of others)
    if (all.every(({ mask }) => rleIou(mask, other.mask) < ALIKE)) all.push(withOwnLogits(other));
  return all.slice(known.length);
}

/** Answers a few prompts at a time, other messages between them. */
function inTurns(engine: Predicts, signal: AbortSignal): Predicts {
  return {
    async predict(embedding: Embedding, prompts: readonly Prompt[], options?: PredictOptions) {
      const predictions: Prediction[] = [];
      for (let i = 0; i < prompts.length; i += AT_ONCE) {
        await new Promise((resolve) => setTimeout(resolve));
        if (signal.aborted) throw new MasksmithError("aborted", "The operation was cancelled");
        predictions.push(...(await engine.predict(embedding, prompts.slice(i, i + AT_ONCE), options)));
      }
      return predictions;
    },
  };
}
