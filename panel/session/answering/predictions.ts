import { type Candidate, type Embedding, logitsToSoft, type Prediction } from "@masksmith/core";
import type { Ranked } from "../../engine/index.js";
import { LruCache, type Step } from "../../state/index.js";
import type { Predictor } from "./predictor.js";
import { promptOf, stepsKey } from "./prompts.js";

/** Predictions kept with their logits (about 1 MB each), so that undo and choosing again cost nothing. */
const PREDICTIONS = 48;
const RANKINGS = 48;
const PREVIEWS = 24;

/**
 * What the model predicts for an object's steps, each question asked once. A preview of a click that came serves the click.
 * Steps before the last are asked first where they are not known (after a reload): each answer is the next question's mask
 * prompt.
 */
export class Predictions {
  readonly #engine: Predictor;
  readonly #known = new LruCache<Prediction>(PREDICTIONS);
  readonly #ranked = new LruCache<Ranked>(RANKINGS);
  readonly #previews = new Map<string, Promise<Prediction>>();

  constructor(engine: Predictor) {
    this.#engine = engine;
  }

  /** What is known of all these steps. */
  known(embedding: Embedding, steps: readonly Step[]): Prediction | undefined {
    return this.#known.get(questionKey(embedding, steps));
  }

  get canRank(): boolean {
    return this.#engine.rank !== undefined;
  }

  ranked(embedding: Embedding, steps: readonly Step[]): Ranked | undefined {
    return this.#ranked.get(questionKey(embedding, steps));
  }

  /** Predicts what all these steps give. @throws MasksmithError what the engine throws */
  async ask(embedding: Embedding, steps: readonly Step[], signal: AbortSignal): Promise<Prediction> {
    const before = await this.#before(embedding, steps, signal);
    return this.#predict(embedding, steps, before, signal);
  }

  /** Predicts the same behind everything else: the last step is a point not yet placed. */
  preview(embedding: Embedding, steps: readonly Step[]): Promise<Prediction> {
    const key = questionKey(embedding, steps);
    return this.#previews.get(key) ?? this.#startPreview(key, embedding, steps);
  }

  /** Ranks the candidates of a prediction, unless that is done. */
  async rank(
    embedding: Embedding,
    steps: readonly Step[],
    first: Prediction,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const key = questionKey(embedding, steps);
    if (this.#ranked.get(key) || !this.#engine.rank) return;
    const prompt = promptOf(steps, undefined);
    const ranked = await this.#engine.rank(embedding, prompt, first, signal ? { signal } : {});
    if (!signal?.aborted) this.#ranked.set(key, ranked);
  }

  /** A candidate of these steps with the model's soft edges, for output. */
  async soft(
    embedding: Embedding,
    steps: readonly Step[],
    shown: { readonly candidate: Candidate; readonly index: number },
    signal: AbortSignal | undefined,
  ): Promise<Candidate> {
    const { candidate, index } = shown;
    const isFromRanking = index >= (this.known(embedding, steps)?.candidates.length ?? 0);
    if (isFromRanking && candidate.logits)
      return { ...candidate, soft: logitsToSoft(candidate.logits, embedding.placement, 0) };
    const prompt = promptOf(steps, await this.#before(embedding, steps, signal));
    const [prediction] = await this.#engine.predict(embedding, [prompt], { soft: true, ...(signal ? { signal } : {}) });
    return prediction!.candidates[index] ?? candidate;
  }

  #startPreview(key: string, embedding: Embedding, steps: readonly Step[]): Promise<Prediction> {
    const prompt = promptOf(steps, this.#logitsBefore(embedding, steps));
    const answer = this.#engine
      .predict(embedding, [prompt], { logits: true, lane: "hover" })
      .then(([prediction]) => prediction!);
    answer.catch(() => this.#previews.delete(key));
    this.#previews.set(key, answer);
    for (const oldest of this.#previews.keys()) {
      if (this.#previews.size <= PREVIEWS) break;
      this.#previews.delete(oldest);
    }
    return answer;
  }

  /** Logits shown before the last step, if they are known: what a preview of that step builds on. */
  #logitsBefore(embedding: Embedding, steps: readonly Step[]): Candidate["logits"] {
    const earlier = steps.slice(0, -1);
    const known = earlier.length > 0 ? this.known(embedding, earlier) : undefined;
    return known && chosenOf(known, this.ranked(embedding, earlier), earlier.at(-1)!)?.logits;
  }

  /** Logits of the candidate chosen before the last step; asked for if not known. */
  async #before(embedding: Embedding, steps: readonly Step[], signal: AbortSignal | undefined) {
    let logits: Candidate["logits"];
    for (let count = 1; count < steps.length; count++) {
      const earlier = steps.slice(0, count);
      const step = earlier.at(-1)!;
      if (step.act.kind === "given") continue;
      const known = this.known(embedding, earlier) ?? (await this.#predict(embedding, earlier, logits, signal));
      // What ranking found was chosen: it must be found again.
      if ((step.choice ?? 0) >= known.candidates.length) await this.rank(embedding, earlier, known, signal);
      logits = chosenOf(known, this.ranked(embedding, earlier), step)?.logits;
    }
    return logits;
  }

  async #predict(
    embedding: Embedding,
    steps: readonly Step[],
    before: Candidate["logits"],
    signal: AbortSignal | undefined,
  ): Promise<Prediction> {
    const key = questionKey(embedding, steps);
    const preview = await this.#previews.get(key)?.catch(() => undefined);
    if (preview) {
      this.#known.set(key, preview);
      return preview;
    }
    const options = { logits: true, ...(signal ? { signal } : {}) };
    const [prediction] = await this.#engine.predict(embedding, [promptOf(steps, before)], options);
    this.#known.set(key, prediction!);
    return prediction!;
  }
}

/** Names a question; equal keys have equal answers. */
export function questionKey(embedding: Embedding | null, steps: readonly Step[]): string {
  return `${embedding?.id ?? ""}|${stepsKey(steps)}`;
}

/** The candidate that a step showed. A step that another followed has its choice written down. */
function chosenOf(known: Prediction, ranked: Ranked | undefined, { choice }: Step): Candidate | undefined {
  const candidates = ranked ? [...known.candidates, ...ranked.more] : known.candidates;
  return candidates[choice ?? known.recommended];
}
