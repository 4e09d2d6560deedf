import type { Candidate, Embedding, Prediction } from "@masksmith/core";
import type { Step } from "../../state/index.js";
import { type Predictions, questionKey } from "./predictions.js";

/** The first preview is painted in this time; only then the model is asked again. */
const PAINT_MS = 40;

/** Finds alternatives in the background, to one prediction at a time: whatever the user asks comes first. */
export class Alternatives {
  readonly #predictions: Predictions;
  readonly #onChange: () => void;
  /** Questions whose alternatives could not be found: they have the one answer. */
  readonly #failed = new Set<string>();
  #running: { readonly key: string; readonly abort: AbortController } | null = null;
  #on = true;

  /** @param onChange some were found, or could not be. */
  constructor(predictions: Predictions, onChange: () => void) {
    this.#predictions = predictions;
    this.#onChange = onChange;
  }

  set on(on: boolean) {
    this.#on = on;
    if (!on) this.stop();
  }

  /** What was found, where it is to be shown: if nothing else is offered, what the user picked stays. */
  shown(embedding: Embedding, steps: readonly Step[], first: Prediction): readonly Candidate[] | undefined {
    return this.#on || isPicked(steps, first) ? this.#predictions.alternatives(embedding, steps) : undefined;
  }

  /** Whether there is something to find: a click has its candidates already. */
  wants(embedding: Embedding, steps: readonly Step[], first: Prediction): boolean {
    if (first.candidates.length > 1 || !this.#predictions.hasAlternatives) return false;
    if (!this.#on && !isPicked(steps, first)) return false;
    if (this.#predictions.alternatives(embedding, steps)) return false;
    return !this.#failed.has(questionKey(embedding, steps));
  }

  /** Finds them in the background; a run for another question ends. */
  start(embedding: Embedding, steps: readonly Step[], first: Prediction): void {
    const key = questionKey(embedding, steps);
    if (this.#running?.key === key) return;
    this.stop();
    const abort = new AbortController();
    this.#running = { key, abort };
    void this.#run(key, () => this.#predictions.findAlternatives(embedding, steps, first, abort.signal), abort.signal);
  }

  stop(): void {
    this.#running?.abort.abort();
    this.#running = null;
  }

  async #run(key: string, find: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
      if (signal.aborted) return;
      await find();
    } catch {
      // The answer is there already.
      if (!signal.aborted) this.#failed.add(key);
    }
    if (signal.aborted) return;
    this.#running = null;
    this.#onChange();
  }
}

/** Whether the user picked one of the alternatives: they stand for it until they are found again. */
export function isPicked(steps: readonly Step[], { candidates }: Prediction): boolean {
  return (steps.at(-1)?.choice ?? 0) >= candidates.length;
}
