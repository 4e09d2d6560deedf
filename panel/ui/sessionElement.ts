import { LitElement } from "lit";
import type { PanelSession } from "../session/index.js";
import type { Store } from "../state/index.js";
import { afterFrame, nextTask } from "./frames.js";

/** How long the panel's elements wait for an answer under way, whose computing they would only slow down. */
const PATIENCE_MS = 300;

/** An element that shows part of a session and renders again when one of the stores it watches changes. */
export abstract class SessionElement extends LitElement {
  #session: PanelSession | null = null;
  #stops: (() => void)[] = [];

  get session(): PanelSession | null {
    return this.#session;
  }

  set session(session: PanelSession | null) {
    if (session === this.#session) return;
    this.#session = session;
    this.#watch();
    this.requestUpdate();
  }

  /** The stores whose changes this element shows. */
  protected abstract watched(session: PanelSession): readonly Pick<Store<unknown>, "subscribe">[];

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unwatch();
  }

  /**
   * Once a frame, however many stores change, and after that frame: the mask on the picture goes first. The first time in a
   * task of its own: all elements' first rendering together would keep the page's thread busy for too long.
   */
  protected override async scheduleUpdate(): Promise<void> {
    if (this.hasUpdated) await this.#quiet();
    else await nextTask();
    await super.scheduleUpdate();
  }

  /** A frame has been drawn and no answer is under way: one may have been asked while the frame was awaited. */
  async #quiet(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    let left = PATIENCE_MS;
    do {
      await this.#session?.answering.settled(left);
      await afterFrame();
      left = end - performance.now();
    } while (left > 0 && this.#session?.answering.asking);
  }

  #watch(): void {
    this.#unwatch();
    if (!this.#session || !this.isConnected) return;
    this.#stops = this.watched(this.#session).map((store) => store.subscribe(() => this.requestUpdate()));
  }

  #unwatch(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
  }
}

/** Registers an element once: several bundles of the panel may meet on one page. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
