import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import * as edits from "../document/edits.js";
import type { Layer, LayerId, PictureDocument } from "../document/index.js";
import { icon } from "./icons.js";
import { thumbnail } from "./thumbnail.js";

/** Rows that are made at once: with thousands of them the page would not answer for seconds. */
const STEP = 500;

/** The layers of a document, topmost first: select, show or hide, rename, delete; masks on, off or as the selection. */
export class LayersList {
  readonly #update: () => void;
  #renaming: LayerId | null = null;
  #shownOf: PictureDocument | null = null;
  #most = STEP;

  /** @param update asks for the list to be rendered again. */
  constructor(update: () => void) {
    this.#update = update;
  }

  render(document: PictureDocument): TemplateResult {
    if (this.#shownOf !== document) this.#most = STEP;
    this.#shownOf = document;
    const rows = [...rowsOf(document.state.layers, 0)];
    const more = Math.min(rows.length - this.#most, STEP);
    return html`<ul class="rows" aria-label="Layers" @keydown=${(event: KeyboardEvent) => this.#keys(event, document)}>
      ${repeat(
        rows.slice(0, this.#most),
        ({ layer }) => layer.id,
        ({ layer, depth }) => this.#row(layer, document, depth),
      )}
      ${more > 0 ? html`<li class="row"><button class="name" @click=${() => this.#showMore()}>Show ${more} more layers</button></li>` : nothing}
    </ul>`;
  }

  #showMore(): void {
    this.#most += STEP;
    this.#update();
  }

  #row(layer: Layer, document: PictureDocument, depth: number): TemplateResult {
    const { state } = document;
    const active = layer.id === state.activeLayer;
    const toggle = () => commit(document, edits.toggleLayer(state, layer.id));
    return html`<li class="row ${active ? "active" : ""} ${layer.visible ? "" : "off"}" data-layer=${layer.id}>
      <button class="icon" aria-label="Show ${layer.name}" title="Show or hide" aria-pressed=${layer.visible} @click=${toggle}>
        ${icon(layer.visible ? "eye" : "eyeOff")}
      </button>
      <span class="indent" .style=${`width:${depth * 14}px`}></span>
      ${layer.kind === "group" ? this.#folder(layer, document) : this.#thumbnail(layer, document)}
      ${layer.mask ? this.#mask(layer, document) : nothing}
      ${this.#renaming === layer.id ? this.#nameField(layer, document) : this.#name(layer, document, active)}
      ${layer.locked ? html`<span class="note" title="Locked">${icon("lock")}</span>` : nothing}
    </li>`;
  }

  #folder(layer: Layer & { kind: "group" }, document: PictureDocument): TemplateResult {
    const change = (one: Layer) => ({ ...one, expanded: !layer.expanded }) as Layer;
    const toggle = () => document.amend(edits.withLayer(document.state, layer.id, change));
    return html`<button
      class="icon"
      aria-label="Contents of ${layer.name}"
      aria-expanded=${layer.expanded}
      @click=${toggle}
    >
      ${icon(layer.expanded ? "folderOpen" : "folder")}
    </button>`;
  }

  #thumbnail(layer: Layer & { kind: "pixels" }, document: PictureDocument): TemplateResult {
    return html`<span class="thumb">${thumbnail(layer, document.state)}</span>`;
  }

  #mask(layer: Layer, document: PictureDocument): TemplateResult {
    const mask = layer.mask!;
    const load = () => commit(document, edits.selectMask(document.state, layer.id));
    const toggle = ({ ctrlKey, metaKey }: MouseEvent) => {
      if (ctrlKey || metaKey) load();
      else commit(document, edits.toggleMask(document.state, layer.id));
    };
    const remove = (event: KeyboardEvent) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.stopPropagation();
      event.preventDefault();
      commit(document, edits.deleteMask(document.state, layer.id));
    };
    return html`<button
      class="thumb mask ${mask.enabled ? "" : "off"}"
      aria-label="Layer mask of ${layer.name}"
      aria-pressed=${mask.enabled}
      title="Layer mask: click to turn on or off, Ctrl-click to load as selection, Delete to delete"
      @click=${toggle}
      @keydown=${remove}
    >
      ${thumbnail(mask, document.state)}
    </button>
    <button
      class="icon"
      aria-label="Load layer mask of ${layer.name} as selection"
      title="Load layer mask as selection"
      @click=${load}
    >
      ${icon("select")}
    </button>`;
  }

  #name(layer: Layer, document: PictureDocument, active: boolean): TemplateResult {
    const select = () => document.amend({ ...document.state, activeLayer: layer.id });
    return html`<button
      class="name"
      aria-current=${active}
      title="Click to select, double-click or F2 to rename, Delete to delete"
      @click=${select}
      @dblclick=${() => this.#rename(layer.id)}
    >
      ${layer.name}
    </button>`;
  }

  #nameField(layer: Layer, document: PictureDocument): TemplateResult {
    const finish = (event: Event, keep: boolean) => {
      if (this.#renaming !== layer.id) return;
      const { value } = event.target as HTMLInputElement;
      this.#renaming = null;
      if (keep) commit(document, edits.renameLayer(document.state, layer.id, value));
      this.#update();
    };
    const keys = (event: KeyboardEvent) => {
      event.stopPropagation();
      if (event.key === "Enter") finish(event, true);
      if (event.key === "Escape") finish(event, false);
    };
    return html`<input
      class="name"
      aria-label="Layer name"
      .value=${layer.name}
      @keydown=${keys}
      @blur=${(event: Event) => finish(event, true)}
    />`;
  }

  #rename(id: LayerId): void {
    this.#renaming = id;
    this.#update();
    requestAnimationFrame(() => {
      const field = document.querySelector<HTMLInputElement>("input.name");
      field?.focus();
      field?.select();
    });
  }

  #keys(event: KeyboardEvent, document: PictureDocument): void {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[data-layer]");
    const id = Number(row?.dataset.layer);
    if (!row || !(event.target as HTMLElement).matches("button.name")) return;
    if (event.key === "F2") this.#rename(id);
    else if (event.key === "Delete") commit(document, edits.deleteLayer(document.state, id));
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") moveFocus(row, event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** Topmost first; what is in a closed group is left out. */
function* rowsOf(
  layers: readonly Layer[],
  depth: number,
): Generator<{ readonly layer: Layer; readonly depth: number }> {
  for (const layer of layers.toReversed()) {
    yield { layer, depth };
    if (layer.kind === "group" && layer.expanded) yield* rowsOf(layer.children, depth + 1);
  }
}

/** Adds the step, if there is one. */
export function commit(document: PictureDocument, change: ReturnType<typeof edits.toggleLayer>): void {
  if (change) document.commit(change);
}

/** The name button of the row before or after. */
function moveFocus(row: HTMLElement, step: number): void {
  const rows = [...(row.parentElement?.querySelectorAll<HTMLElement>("[data-layer]") ?? [])];
  rows[rows.indexOf(row) + step]?.querySelector<HTMLElement>(".name")?.focus();
}
