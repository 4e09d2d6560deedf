import "@spectrum-web-components/progress-circle/sp-progress-circle.js";
import type { Candidate } from "@masksmith/core";
import { css, html, nothing } from "lit";
import { namedCandidates, type ObjectAnswer, type PanelSession } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./thumbnail.js";

/** The candidates for the active object, as thumbnails to choose among. */
export class AnswerPicker extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      [role="radiogroup"] {
        display: grid;
        gap: 6px;
        max-width: 420px;
      }
      button {
        display: flex;
        flex-direction: column;
        gap: 3px;
        padding: 3px;
        font: inherit;
        color: inherit;
        text-align: start;
        background: none;
        border: 2px solid transparent;
        border-radius: 6px;
        cursor: pointer;
      }
      button:hover {
        background: var(--spectrum-gray-200);
      }
      button[aria-checked="true"] {
        border-color: var(--ms-accent);
        background: var(--spectrum-gray-75);
      }
      ms-thumbnail {
        width: 100%;
        aspect-ratio: 4 / 3;
      }
      .name {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 3px;
        line-height: 1.2;
      }
      .best {
        flex: none;
        padding: 0 4px;
        border-radius: 3px;
        font-size: 10px;
        font-weight: 700;
        color: var(--spectrum-gray-50);
        background: var(--ms-accent);
      }
      .score {
        color: var(--spectrum-gray-700);
        font-variant-numeric: tabular-nums;
        font-size: 11px;
      }
      sp-progress-circle {
        --mod-progress-circle-size: 14px;
      }
    `,
  ];

  protected override watched({ answering, work, document }: PanelSession) {
    return [answering.answers, work.history, document.picture];
  }

  override render() {
    const { session } = this;
    const active = session?.work.active;
    if (!session || !active) return nothing;
    const answer = session.answering.answers.value.get(active.id);
    if (!answer) return nothing;
    const { candidates, asking, extending } = answer;
    const busy = asking ? "Finding the object" : extending ? "Finding more suggestions" : null;
    return html`<section aria-label="Suggestions">
      <div class="row">
        <h2>Suggestions</h2>
        ${busy ? html`<sp-progress-circle indeterminate size="s" label=${busy} title=${busy}></sp-progress-circle>` : nothing}
        ${candidates.length > 1 ? html`<span class="quiet">Press C for the next</span>` : nothing}
      </div>
      ${candidates.length === 0 ? this.#empty(asking, answer.error) : this.#choices(session, active.id, active.colour, answer)}
    </section>`;
  }

  #empty(asking: boolean, error: string | null) {
    if (error) return html`<p>No suggestions: ${error}</p>`;
    const waits = this.session?.document.picture.value.phase === "reading";
    if (waits) return html`<p class="quiet">Your mask will appear when the image is ready.</p>`;
    return html`<p class="quiet">${asking ? "Finding the object" : "No suggestions yet."}</p>`;
  }

  #choices(session: PanelSession, id: string, colour: string, { candidates, chosen, recommended }: ObjectAnswer) {
    const named = namedCandidates(candidates);
    const place = named.findIndex(({ index }) => index === chosen);
    const { raster } = session.document.picture.value;
    const around = unionOf(candidates);
    const columns = `grid-template-columns: repeat(${Math.max(3, named.length)}, minmax(0, 1fr))`;
    return html`<div role="radiogroup" aria-label="Suggestions" style=${columns} @keydown=${(event: KeyboardEvent) => this.#onKey(event, named.length, place)}>
      ${named.map(({ index, name }) => {
        const candidate = candidates[index];
        const score = Math.round(100 * Math.min(candidate.predictedIou, 1));
        const best = named.length > 1 && index === recommended;
        return html`<button
          role="radio"
          aria-checked=${index === chosen}
          tabindex=${index === chosen ? 0 : -1}
          aria-label=${`${name}, quality ${score} percent${best ? ", best" : ""}`}
          @click=${() => session.objects.choose(id, index)}
        >
          <ms-thumbnail
            .raster=${raster}
            .mask=${candidate.mask}
            .documentSize=${session.document.current}
            .around=${around}
            .colour=${colour}
          ></ms-thumbnail>
          <span class="name">${name}${best ? html`<span class="best">Best</span>` : nothing}</span>
          <span class="score" title="The model's estimate of how good this mask is">${score}%</span>
        </button>`;
      })}
    </div>`;
  }

  #onKey(event: KeyboardEvent, count: number, place: number): void {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step || !this.session) return;
    event.preventDefault();
    event.stopPropagation();
    const next = (place + step + count) % count;
    this.session.objects.cycleCandidate(step as 1 | -1);
    void this.updateComplete.then(() => this.renderRoot.querySelectorAll("button")[next]?.focus());
  }
}

const unions = new WeakMap<readonly Candidate[], readonly [number, number, number, number]>();

/** Bounds of all candidates, so that their thumbnails show the same piece of the picture; the same array while they last. */
function unionOf(candidates: readonly Candidate[]): readonly [number, number, number, number] {
  const known = unions.get(candidates);
  if (known) return known;
  const boxes = candidates.map(({ bbox }) => bbox).filter(([, , width]) => width > 0);
  const x0 = Math.min(...boxes.map(([x]) => x));
  const y0 = Math.min(...boxes.map(([, y]) => y));
  const x1 = Math.max(...boxes.map(([x, , width]) => x + width));
  const y1 = Math.max(...boxes.map(([, y, , height]) => y + height));
  const union = boxes.length > 0 ? ([x0, y0, x1 - x0, y1 - y0] as const) : ([0, 0, 1, 1] as const);
  unions.set(candidates, union);
  return union;
}

define("ms-answer-picker", AnswerPicker);
