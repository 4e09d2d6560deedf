import { html, render, type TemplateResult } from "lit";
import type { PictureDocument } from "../document/index.js";
import { LayersList } from "./layersList.js";
import { channelsList, historyList, pathsList } from "./smallLists.js";

const TABS = ["Layers", "Channels", "Paths", "History"] as const;
type Tab = (typeof TABS)[number];

/** Lists beside the picture, one tab each. Renders into the given element. */
export class SidePanel {
  readonly #root: HTMLElement;
  readonly #layers = new LayersList(() => this.update());
  #document: PictureDocument | null = null;
  #tab: Tab = "Layers";

  constructor(root: HTMLElement) {
    this.#root = root;
    this.update();
  }

  show(document: PictureDocument | null): void {
    this.#document = document;
    document?.onChange(() => this.update());
    this.update();
  }

  update(): void {
    render(this.#template(), this.#root);
  }

  #template(): TemplateResult {
    return html`<div class="tabs" role="tablist" aria-label="Document" @keydown=${this.#keys}>
        ${TABS.map(
          (tab) => html`<button
            role="tab"
            id="tab-${tab}"
            aria-selected=${tab === this.#tab}
            aria-controls="tab-content"
            tabindex=${tab === this.#tab ? 0 : -1}
            @click=${() => this.#choose(tab)}
          >
            ${tab}
          </button>`,
        )}
      </div>
      <div id="tab-content" role="tabpanel" aria-labelledby="tab-${this.#tab}">
        ${this.#document ? this.#list(this.#document) : html`<p class="empty">No document is open</p>`}
      </div>`;
  }

  #list(document: PictureDocument): TemplateResult {
    if (this.#tab === "Layers") return this.#layers.render(document);
    if (this.#tab === "Channels") return channelsList(document);
    return this.#tab === "Paths" ? pathsList(document) : historyList(document);
  }

  readonly #keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    this.#choose(TABS[(TABS.indexOf(this.#tab) + step + TABS.length) % TABS.length]);
    this.#root.querySelector<HTMLElement>(`#tab-${this.#tab}`)?.focus();
  };

  #choose(tab: Tab): void {
    this.#tab = tab;
    this.update();
  }
}
