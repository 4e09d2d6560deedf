import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/action-group/sp-action-group.js";
import "@spectrum-web-components/progress-circle/sp-progress-circle.js";
import type { AnswerStep, Candidate } from "@masksmith/core";
import { css, html, nothing } from "lit";
import { answerNames, answersBySize, type ObjectAnswer, type PanelSession } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./thumbnail.js";

/** The answers for the active object, as thumbnails to choose among from the smallest to the largest, and steps between them. */
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
      sp-action-button {
        --mod-actionbutton-edge-to-text: 7px;
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
    const { order, current } = answersBySize(answer);
    const busy = asking ? "Finding the object" : extending ? "Finding more suggestions" : null;
    return html`<section aria-label="Suggestions">
      <div class="row">
        <h2>Suggestions</h2>
        ${busy ? html`<sp-progress-circle indeterminate size="s" label=${busy} title=${busy}></sp-progress-circle>` : nothing}
        ${
          candidates.length > 0
            ? html`<sp-action-group size="s" compact label="Suggestion by size">
                ${this.#step(session, "smaller", current > 0)} ${this.#step(session, "larger", current < order.length - 1)}
              </sp-action-group>`
            : nothing
        }
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

  #step(session: PanelSession, step: "smaller" | "larger", enabled: boolean) {
    const { name, key } = STEPS[step];
    const onClick = async () => {
      session.objects.stepAnswer(step);
      await this.updateComplete;
      // At the end the button can no longer be pressed: the keyboard goes on from the other one.
      const other = step === "smaller" ? "larger" : "smaller";
      const [pressed, back] = [step, other].map((id) => this.renderRoot.querySelector<SteppingButton>(`#${id}`));
      if (pressed?.disabled) back?.focus();
    };
    return html`<sp-action-button
      id=${step}
      size="s"
      label=${`${name} suggestion`}
      title=${`${name} suggestion (${key})`}
      aria-keyshortcuts=${key}
      ?disabled=${!enabled}
      @click=${onClick}
      >${name}</sp-action-button
    >`;
  }

  #choices(session: PanelSession, id: string, colour: string, answer: ObjectAnswer) {
    const { candidates, chosen, recommended } = answer;
    const { order } = answersBySize(answer);
    const names = answerNames(order.length);
    const { raster } = session.document.picture.value;
    const around = unionOf(candidates);
    const columns = `grid-template-columns: repeat(${Math.max(3, order.length)}, minmax(0, 1fr))`;
    return html`<div role="radiogroup" aria-label="Suggestions" style=${columns} @keydown=${(event: KeyboardEvent) => this.#onKey(event)}>
      ${order.map((index, place) => {
        const name = names[place];
        const candidate = candidates[index];
        const score = Math.round(100 * Math.min(candidate.predictedIou, 1));
        const best = order.length > 1 && index === recommended;
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

  #onKey(event: KeyboardEvent): void {
    const step = ARROWS[event.key];
    if (!step || !this.session) return;
    event.preventDefault();
    event.stopPropagation();
    this.session.objects.stepAnswer(step);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>("[aria-checked=true]")?.focus());
  }
}

type SteppingButton = HTMLElement & { readonly disabled: boolean };

const STEPS = { smaller: { name: "Smaller", key: "," }, larger: { name: "Larger", key: "." } } as const;

/** As in any group of radio buttons: on to the next, from the last to the first. */
const ARROWS: Readonly<Record<string, AnswerStep | undefined>> = {
  ArrowRight: "next",
  ArrowDown: "next",
  ArrowLeft: "previous",
  ArrowUp: "previous",
};

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
