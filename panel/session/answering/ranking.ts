import type { Embedding, Prediction } from "@masksmith/core";
import type { Ranked } from "../../engine/index.js";
import type { Step } from "../../state/index.js";
import { type Predictions, questionKey } from "./predictions.js";

/** The first preview is painted in this time; only then the model is asked again. */
const PAINT_MS = 40;

/** Ranks candidates in the background, one prediction at a time: whatever the user asks comes first. */
export class Ranking {
  readonly #predictions: Predictions;
  readonly #onChange: () => void;
  /** Questions whose ranking failed: the model's own order stands for them. */
  readonly #failed = new Set<string>();
  #running: { readonly key: string; readonly abort: AbortController } | null = null;
  #on = true;

  /** @param onChange something was ranked, or could not be. */
  constructor(predictions: Predictions, onChange: () => void) {
    this.#predictions = predictions;
    this.#onChange = onChange;
  }

  set on(on: boolean) {
    this.#on = on;
    if (!on) this.stop();
  }

  /** What ranking gave, where it is to be shown. */
  shown(embedding: Embedding, steps: readonly Step[]): Ranked | undefined {
    return this.#on ? this.#predictions.ranked(embedding, steps) : undefined;
  }

  wants(embedding: Embedding, steps: readonly Step[]): boolean {
    if (!this.#on || !this.#predictions.canRank || this.#predictions.ranked(embedding, steps)) return false;
    return !this.#failed.has(questionKey(embedding, steps));
  }

  /** Ranks in the background; a run for another question ends. */
  start(embedding: Embedding, steps: readonly Step[], first: Prediction): void {
    const key = questionKey(embedding, steps);
    if (this.#running?.key === key) return;
    this.stop();
    const abort = new AbortController();
    this.#running = { key, abort };
    void this.#run(key, () => this.#predictions.rank(embedding, steps, first, abort.signal), abort.signal);
  }

  stop(): void {
    this.#running?.abort.abort();
    this.#running = null;
  }

  async #run(key: string, rank: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
      if (signal.aborted) return;
      await rank();
    } catch {
      // The answer is there already; its own order stands.
      if (!signal.aborted) this.#failed.add(key);
    }
    if (signal.aborted) return;
    this.#running = null;
    this.#onChange();
  }
}
