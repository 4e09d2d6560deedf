import type { Candidate, Embedding, Prediction } from "@masksmith/core";
import { type Step, Store, type XY } from "../../state/index.js";
import type { AnswerKeeper, Predictor } from "./answers.js";
import { promptAt, stepsKey } from "./prompts.js";

/** The answer a click here would give. */
export interface Hover {
  readonly at: XY;
  readonly foreground: boolean;
  readonly candidate: Candidate;
}

const REMEMBERED = 24;

/**
 * The mask under the pointer before clicking. At most one question is with the engine and one waits, the newest: the
 * preview keeps up with the pointer by dropping stale asks. The answer serves the click, too, if that comes.
 */
export class HoverPreview {
  readonly hover = new Store<Hover | null>(null);
  readonly #engine: Predictor;
  readonly #answers: AnswerKeeper;
  readonly #known = new Map<string, Promise<Prediction>>();
  #turn = 0;
  #key = "";

  constructor(engine: Predictor, answers: AnswerKeeper) {
    this.#engine = engine;
    this.#answers = answers;
  }

  /** Asks what the steps, the last of them a point not yet placed, would give. */
  async ask(embedding: Embedding, steps: readonly Step[], at: XY, foreground: boolean): Promise<void> {
    const key = keyOf(embedding, steps);
    if (key === this.#key) return;
    this.#key = key;
    const turn = this.#turn;
    try {
      const prediction = await (this.#known.get(key) ?? this.#predict(key, embedding, steps));
      if (this.#turn !== turn) return;
      this.hover.set({ at, foreground, candidate: prediction.candidates[prediction.recommended] });
    } catch {
      // A preview that fails or is superseded says nothing; the click will report what is wrong.
      if (this.#key === key) this.#key = "";
    }
  }

  /** Asks what the steps would give and shows nothing: `find` has it the sooner. */
  prepare(embedding: Embedding, steps: readonly Step[]): void {
    const key = keyOf(embedding, steps);
    // What fails here is asked again by the click, which reports it.
    if (!this.#known.has(key)) this.#predict(key, embedding, steps).catch(() => undefined);
  }

  /** The answer to these steps, if a preview has it or is about to. */
  find(embedding: Embedding, steps: readonly Step[]): Promise<Prediction> | undefined {
    return this.#known.get(keyOf(embedding, steps));
  }

  /** The pointer has left, or something else is going on. An ask under way may still finish, for `find`. */
  clear(): void {
    this.#turn++;
    this.#key = "";
    this.hover.set(null);
  }

  #predict(key: string, embedding: Embedding, steps: readonly Step[]): Promise<Prediction> {
    const prompt = promptAt(steps, steps.length, this.#answers.logitsBefore(embedding, steps));
    const answer = this.#engine
      .predict(embedding, [prompt], { logits: true, lane: "hover" })
      .then(([prediction]) => prediction!);
    answer.catch(() => this.#known.delete(key));
    this.#known.set(key, answer);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    return answer;
  }
}

function keyOf(embedding: Embedding, steps: readonly Step[]): string {
  return `${embedding.id}|${stepsKey(steps, steps.length)}`;
}
