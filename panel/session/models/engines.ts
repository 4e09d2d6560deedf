import { type EngineClient, type EngineStatus, planName } from "../../engine/index.js";
import { Store } from "../../state/index.js";
import type { Looker } from "../refining/index.js";
import type { Reporter } from "../reporter.js";

/** Documents of more pixels leave no memory for a second engine: their second looks are the first one's. */
const MOST_PIXELS_FOR_TWO = 16e6;

/** The engine that answers, and the one beside it for second looks; what runs them, and what became of it. */
export class Engines implements Looker {
  readonly status: Store<EngineStatus>;
  readonly #main: EngineClient;
  readonly #looks: EngineClient;
  readonly #reporter: Pick<Reporter, "tell">;
  readonly #stop: () => void;
  /** How many backends had been left when the engine was last ready; null before it first was. */
  #leftAtStart: number | null = null;

  constructor(main: EngineClient, looks: EngineClient, reporter: Pick<Reporter, "tell">) {
    this.#main = main;
    this.#looks = looks;
    this.#reporter = reporter;
    this.status = new Store(main.status);
    this.#stop = main.onStatus((status) => this.#onStatus(status));
  }

  readonly look: Looker["look"] = (embedding, ...asked) => {
    const { width, height } = embedding.placement.document;
    const engine = width * height <= MOST_PIXELS_FOR_TWO ? this.#looks : this.#main;
    return engine.look(embedding, ...asked);
  };

  /** What runs the model and why, in one sentence. */
  sentence(): string {
    const { info, phase, left } = this.status.value;
    if (!info) return phase === "failed" ? "The engine couldn't start" : "The engine has not started yet";
    const before = left.length > 0 ? ` Tried before: ${left.join("; ")}.` : "";
    return `${planName(info)}: ${info.reason}.${before}`;
  }

  /** Starts again with another backend at the next call, after the setting changed. */
  replan(): void {
    this.#main.replan();
    this.#looks.replan();
  }

  /** Restarts the second looks' engine: the first one runs another model or backend now. */
  replanLooks(): void {
    this.#looks.replan();
  }

  pauseLooks(): void {
    this.#looks.pause();
  }

  /** Ends the workers until they are needed again. */
  pause(): void {
    this.#main.pause();
    this.#looks.pause();
  }

  dispose(): void {
    this.#stop();
    this.#main.dispose();
    this.#looks.dispose();
  }

  #onStatus(status: EngineStatus): void {
    this.status.set(status);
    const { phase, info, left } = status;
    if (phase === "ready" && info) this.#tellOfLoss(left, info);
  }

  /** A backend that ran and failed later was left for the next one: the user is told, once it runs. */
  #tellOfLoss(left: EngineStatus["left"], info: NonNullable<EngineStatus["info"]>): void {
    const before = this.#leftAtStart;
    this.#leftAtStart = left.length;
    if (before === null || left.length <= before) return;
    this.#reporter.tell({
      tone: "info",
      text: `${left.at(-1)}. Continuing with ${planName(info)}; your prompts are kept.`,
    });
  }
}
