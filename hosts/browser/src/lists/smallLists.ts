import { html, type TemplateResult } from "lit";
import * as edits from "../document/edits.js";
import type { PictureDocument } from "../document/index.js";
import { type IconName, icon } from "./icons.js";
import { commit } from "./layersList.js";

/** The alpha channels: load one as the selection, delete one. */
export function channelsList(document: PictureDocument): TemplateResult {
  const { state } = document;
  if (state.channels.length === 0) return empty("No alpha channels yet");
  return html`<ul class="rows" aria-label="Alpha channels">
    ${state.channels.map(
      ({ id, name }) => html`<li class="row">
        <span class="name">${name}</span>
        ${button("select", `Load ${name} as selection`, () => commit(document, edits.selectChannel(state, id)))}
        ${button("remove", `Delete ${name}`, () => commit(document, edits.deleteChannel(state, id)))}
      </li>`,
    )}
  </ul>`;
}

/** The saved paths with their number of outlines. */
export function pathsList(document: PictureDocument): TemplateResult {
  const { state } = document;
  if (state.paths.length === 0) return empty("No paths yet");
  return html`<ul class="rows" aria-label="Paths">
    ${state.paths.map(
      ({ id, name, outlines }) => html`<li class="row">
        <span class="name">${name}</span>
        <span class="note">${outlines.length === 1 ? "1 outline" : `${outlines.length} outlines`}</span>
        ${button("remove", `Delete ${name}`, () => commit(document, edits.deletePath(state, id)))}
      </li>`,
    )}
  </ul>`;
}

/** The undo steps, oldest first; a click goes there. */
export function historyList(document: PictureDocument): TemplateResult {
  const { labels, index } = document.history;
  return html`<ol class="rows" aria-label="History">
    ${labels.map(
      (label, i) => html`<li class="row ${i === index ? "active" : ""} ${i > index ? "off" : ""}">
        <button class="name" aria-current=${i === index ? "step" : "false"} @click=${() => document.goTo(i)}>
          ${label}
        </button>
      </li>`,
    )}
  </ol>`;
}

function empty(words: string): TemplateResult {
  return html`<p class="empty">${words}</p>`;
}

function button(name: IconName, label: string, act: () => void): TemplateResult {
  return html`<button class="icon" aria-label=${label} title=${label} @click=${act}>${icon(name)}</button>`;
}
