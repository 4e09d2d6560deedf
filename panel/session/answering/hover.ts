import type { Candidate, Embedding } from "@masksmith/core";
import { type Step, Store, type XY } from "../../state/index.js";
import { type Predictions, questionKey } from "./predictions.js";

/** The mask that a click here would give. */
export interface Hover {
  readonly at: XY;
  readonly foreground: boolean;
  readonly candidate: Candidate;
}

/**
 * The mask under the pointer before a click. The engine has at most one such question, and the newest one waits: the preview
 * keeps up with the pointer because stale questions are dropped.
 */
export class HoverPreview {
  readonly hover = new Store<Hover | null>(null);
  readonly #predictions: Predictions;
  #turn = 0;
  #key = "";

  constructor(predictions: Predictions) {
    this.#predictions = predictions;
  }

  /** Shows what the steps, the last of them a point not yet placed, would give. */
  async show(embedding: Embedding, steps: readonly Step[], at: XY, foreground: boolean): Promise<void> {
    const key = questionKey(embedding, steps);
    if (key === this.#key) return;
    this.#key = key;
    const turn = this.#turn;
    try {
      const { candidates, recommended } = await this.#predictions.preview(embedding, steps);
      if (this.#turn === turn) this.hover.set({ at, foreground, candidate: candidates[recommended] });
    } catch {
      // A preview that fails or is superseded says nothing; the click will report what is wrong.
      if (this.#key === key) this.#key = "";
    }
  }

  /** Asks what the steps would give and shows nothing: the click that comes has its answer sooner. */
  prepare(embedding: Embedding, steps: readonly Step[]): void {
    // What fails here is asked again by the click, which reports it.
    this.#predictions.preview(embedding, steps).catch(() => undefined);
  }

  /** The pointer has left, or something else is going on. A question under way may still finish, for the click. */
  clear(): void {
    this.#turn++;
    this.#key = "";
    this.hover.set(null);
  }
}
