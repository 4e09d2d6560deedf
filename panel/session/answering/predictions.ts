import { type Candidate, type Embedding, logitsToSoft, type Prediction } from "@masksmith/core";
import { LruCache, type Step } from "../../state/index.js";
import type { Predictor } from "./predictor.js";
import { promptOf, stepsKey } from "./prompts.js";

/** Predictions kept with their logits (about 1 MB each), so that undo and choosing again cost nothing. */
const PREDICTIONS = 48;
const ALTERNATIVES = 48;
const PREVIEWS = 24;

/**
 * What the model predicts for an object's steps, each question asked once. A preview of a click that came serves the click.
 * Steps before the last are asked first where they are not known (after a reload): each answer is the next question's mask
 * prompt.
 */
export class Predictions {
  readonly #engine: Predictor;
  readonly #known = new LruCache<Prediction>(PREDICTIONS);
  readonly #alternatives = new LruCache<readonly Candidate[]>(ALTERNATIVES);
  readonly #previews = new Map<string, Promise<Prediction>>();

  constructor(engine: Predictor) {
    this.#engine = engine;
  }

  /** What is known of all these steps. */
  known(embedding: Embedding, steps: readonly Step[]): Prediction | undefined {
    return this.#known.get(questionKey(embedding, steps));
  }

  get hasAlternatives(): boolean {
    return this.#engine.alternatives !== undefined;
  }

  /** What else is known to answer these steps: its candidates follow the prediction's own. */
  alternatives(embedding: Embedding, steps: readonly Step[]): readonly Candidate[] | undefined {
    return this.#alternatives.get(questionKey(embedding, steps));
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

  /** Finds what else answers these steps, unless that is known. */
  async findAlternatives(
    embedding: Embedding,
    steps: readonly Step[],
    first: Prediction,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const key = questionKey(embedding, steps);
    if (this.#alternatives.get(key) || !this.#engine.alternatives) return;
    const prompt = promptOf(steps, undefined);
    const found = await this.#engine.alternatives(embedding, prompt, first, signal ? { signal } : {});
    if (!signal?.aborted) this.#alternatives.set(key, found);
  }

  /** A candidate of these steps with the model's soft edges, for output. */
  async soft(
    embedding: Embedding,
    steps: readonly Step[],
    shown: { readonly candidate: Candidate; readonly index: number },
    signal: AbortSignal | undefined,
  ): Promise<Candidate> {
    const { candidate, index } = shown;
    const isAlternative = index >= (this.known(embedding, steps)?.candidates.length ?? 0);
    if (isAlternative && candidate.logits)
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
    return known && chosenOf(known, this.alternatives(embedding, earlier), earlier.at(-1)!)?.logits;
  }

  /** Logits of the candidate chosen before the last step; asked for if not known. */
  async #before(embedding: Embedding, steps: readonly Step[], signal: AbortSignal | undefined) {
    let logits: Candidate["logits"];
    for (let count = 1; count < steps.length; count++) {
      const earlier = steps.slice(0, count);
      const step = earlier.at(-1)!;
      if (step.act.kind === "given") continue;
      const known = this.known(embedding, earlier) ?? (await this.#predict(embedding, earlier, logits, signal));
      // An alternative was chosen: it must be found again.
      if ((step.choice ?? 0) >= known.candidates.length) await this.findAlternatives(embedding, earlier, known, signal);
      logits = chosenOf(known, this.alternatives(embedding, earlier), step)?.logits;
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
function chosenOf(
  { candidates, recommended }: Prediction,
  alternatives: readonly Candidate[] = [],
  { choice }: Step,
): Candidate | undefined {
  return [...candidates, ...alternatives][choice ?? recommended];
}
