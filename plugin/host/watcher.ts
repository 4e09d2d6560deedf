import type { WireDocument } from "../bridge/index.js";
import { activeDocument, describeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PsDocument } from "./photoshop.js";

const POLL_MS = 1_000;
const SETTLE_MS = 80;

/** Which document is open and in which state; tells when that changes. Photoshop's notices are hints, it looks itself. */
export class DocumentWatcher {
  readonly #env: Environment;
  readonly #onChange: (document: WireDocument | null) => void;
  readonly #states = new Map<number, { history: number; version: number }>();
  /** Bounds of each document's selection when a step was last known to be one of selecting. */
  readonly #selected = new Map<number, string>();
  #next = 1;
  #last = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: Environment, onChange: (document: WireDocument | null) => void) {
    this.#env = env;
    this.#onChange = onChange;
  }

  start(): void {
    setInterval(() => this.look(), POLL_MS);
  }

  /** The active document as it is now. */
  describe(): WireDocument | null {
    const document = activeDocument(this.#env);
    if (!document) return null;
    try {
      return describeDocument(document, this.versionOf(document.id, document.activeHistoryState?.id ?? 0));
    } catch {
      // Closed between two reads.
      return null;
    }
  }

  /** Something may have changed: look once things have settled. */
  hint(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), SETTLE_MS);
  }

  look(): void {
    const document = this.describe();
    const now = JSON.stringify(document);
    if (now === this.#last) return;
    this.#last = now;
    this.#onChange(document);
  }

  /**
   * The newest history step changed no pixels of the composite. Only where it follows on the state that is known: what else
   * has been done meanwhile may have changed some.
   */
  keepVersion(documentId: number): void {
    const document = activeDocument(this.#env);
    const state = this.#states.get(documentId);
    const newest = document?.activeHistoryState?.id;
    if (document?.id !== documentId || !state || newest === undefined) return;
    this.#selected.set(documentId, selectedBounds(document));
    const steps = Array.from(document.historyStates ?? [], ({ id }) => id);
    if (steps[steps.indexOf(newest) - 1] === state.history) state.history = newest;
  }

  /**
   * The same, where only a notice says so. Notices come late and more than once, and do not say which step they are of: one
   * that finds the selection as it last was may belong to an older step, and the newest may have changed pixels.
   */
  keepVersionIfSelected(documentId: number): void {
    const document = activeDocument(this.#env);
    if (document?.id !== documentId || this.#selected.get(documentId) === selectedBounds(document)) return;
    this.keepVersion(documentId);
  }

  versionOf(documentId: number, history: number): string {
    let state = this.#states.get(documentId);
    if (!state || state.history !== history) {
      state = { history, version: this.#next++ };
      this.#states.set(documentId, state);
    }
    return String(state.version);
  }
}

function selectedBounds({ selection }: PsDocument): string {
  try {
    const { left, top, right, bottom } = selection.bounds ?? {};
    return [left, top, right, bottom].join();
  } catch {
    return "unknown";
  }
}
