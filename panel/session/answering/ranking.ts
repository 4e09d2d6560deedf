import type { Embedding, Prediction, Prompt } from "@masksmith/core";
import type { Ranked } from "../../engine/index.js";
import type { Predictor } from "./answers.js";
import { Remembered } from "./remembered.js";

const REMEMBERED = 48;

/** The first preview is painted in this time; only then the model is asked again. */
const PAINT_MS = 40;

/** Ranks answers one after the other, in the background: whatever is asked by the user comes first. */
export class Ranking {
  readonly #engine: Predictor;
  readonly #onChange: () => void;
  readonly #known = new Remembered<Ranked>(REMEMBERED);
  /** Keys that failed: the model's own order stands for them. */
  readonly #failed = new Set<string>();
  #running: { readonly key: string; readonly abort: AbortController } | null = null;
  #on = true;

  /** @param onChange something was ranked, or could not be. */
  constructor(engine: Predictor, onChange: () => void) {
    this.#engine = engine;
    this.#onChange = onChange;
  }

  set on(on: boolean) {
    this.#on = on;
    if (!on) this.stop();
  }

  /** What ranking gave, whether it is wanted now or not. */
  known(key: string): Ranked | undefined {
    return this.#known.get(key);
  }

  /** What of it is to be shown. */
  shown(key: string): Ranked | undefined {
    return this.#on ? this.#known.get(key) : undefined;
  }

  wants(key: string): boolean {
    return this.#on && this.#engine.rank !== undefined && !this.#known.get(key) && !this.#failed.has(key);
  }

  /** Ranks in the background; a run for another key ends. */
  start(key: string, embedding: Embedding, prompt: Prompt, first: Prediction): void {
    if (this.#running?.key === key) return;
    this.stop();
    const abort = new AbortController();
    this.#running = { key, abort };
    void this.#run(key, embedding, prompt, first, abort);
  }

  stop(): void {
    this.#running?.abort.abort();
    this.#running = null;
  }

  /** Ranks now, whatever the setting: a choice made earlier depends on it. */
  async finish(
    key: string,
    embedding: Embedding,
    prompt: Prompt,
    first: Prediction,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#known.get(key) || !this.#engine.rank) return;
    this.#known.set(key, await this.#engine.rank(embedding, prompt, first, signal ? { signal } : {}));
  }

  async #run(key: string, embedding: Embedding, prompt: Prompt, first: Prediction, abort: AbortController) {
    const { signal } = abort;
    try {
      await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
      if (signal.aborted) return;
      const ranked = await this.#engine.rank!(embedding, prompt, first, { signal });
      if (!signal.aborted) this.#known.set(key, ranked);
    } catch {
      // The answer is there already; its own order stands.
      if (!signal.aborted) this.#failed.add(key);
    }
    if (signal.aborted) return;
    this.#running = null;
    this.#onChange();
  }
}
