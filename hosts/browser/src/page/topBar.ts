import type { Theme } from "@masksmith/panel/host";
import type { PictureView } from "@masksmith/panel/viewport";
import { html, render, type TemplateResult } from "lit";
import type { PictureDocument } from "../document/index.js";
import type { BrowserHost } from "../host/browserHost.js";
import { type IconName, icon } from "../lists/icons.js";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["darkest", "Darkest"],
  ["dark", "Dark"],
  ["light", "Light"],
  ["lightest", "Lightest"],
];

/** What the bar's buttons do beyond document and view. */
export interface BarActions {
  open(): void;
  save(): void;
}

/** The bar above the picture: file, undo, zoom, theme. */
export class TopBar {
  readonly #root: HTMLElement;
  readonly #host: BrowserHost;
  readonly #view: PictureView;
  readonly #actions: BarActions;

  constructor(root: HTMLElement, host: BrowserHost, view: PictureView, actions: BarActions) {
    this.#root = root;
    this.#host = host;
    this.#view = view;
    this.#actions = actions;
    host.on("document", () => this.update());
    host.on("theme", () => this.update());
    view.onTransform(() => this.update());
    this.update();
  }

  update(): void {
    const document = this.#host.current;
    render(
      html`${this.#file(document)}${this.#steps(document)}${this.#title(document)}${this.#zoom(document)}`,
      this.#root,
    );
  }

  #file(document: PictureDocument | null): TemplateResult {
    return html`${button("open", "Open", "Open an image or PSD (or drop or paste one)", this.#actions.open, true, true)}
      ${button("save", "Save PSD", "Save layers, masks, channels and paths", this.#actions.save, document !== null, true)}
      <span class="divider"></span>`;
  }

  #steps(document: PictureDocument | null): TemplateResult {
    const { labels, index } = document?.history ?? { labels: [], index: 0 };
    const undone = labels[index];
    const redone = labels[index + 1];
    return html`${button("undo", "Undo", `Undo: ${undone} (Ctrl+Alt+Z)`, () => document?.undo(), index > 0)}
      ${button("redo", "Redo", `Redo: ${redone} (Ctrl+Alt+Shift+Z)`, () => document?.redo(), index + 1 < labels.length)}`;
  }

  #title(document: PictureDocument | null): TemplateResult {
    const size = document ? ` · ${document.state.width} × ${document.state.height}` : "";
    return html`<span class="title">${document ? document.name : "No image is open"}${size}</span>`;
  }

  #zoom(document: PictureDocument | null): TemplateResult {
    const view = this.#view;
    const percent = `${Number((view.transform.scale * 100).toPrecision(3))}%`;
    const open = document !== null;
    const choose = (event: Event) => this.#host.setTheme((event.target as HTMLSelectElement).value as Theme);
    return html`${button("zoomOut", "Zoom out", "Zoom out (-)", () => view.zoomBy(1 / 1.5), open)}
      <button class="zoom" title="Actual pixels (1)" ?disabled=${!open} @click=${() => view.actualSize()}>${percent}</button>
      ${button("zoomIn", "Zoom in", "Zoom in (+)", () => view.zoomBy(1.5), open)}
      <button title="Fit in window (0)" ?disabled=${!open} @click=${() => view.fit()}>Fit</button>
      <span class="divider"></span>
      <select aria-label="Theme" title="Theme" @change=${choose}>
        ${THEMES.map(([theme, name]) => html`<option value=${theme} ?selected=${theme === this.#host.theme()}>${name}</option>`)}
      </select>`;
  }
}

function button(
  name: IconName,
  label: string,
  title: string,
  act: () => void,
  enabled: boolean,
  words = false,
): TemplateResult {
  return html`<button aria-label=${label} title=${enabled ? title : label} ?disabled=${!enabled} @click=${act}>
    ${icon(name)}${words ? html`<span class="words">${label}</span>` : ""}
  </button>`;
}
