import "@spectrum-web-components/slider/sp-slider.js";
import { css, html, nothing } from "lit";
import type { Amount, PanelSession } from "../session/index.js";
import { FLOOR, type Thresholds } from "../state/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

/** How much of what was found is shown: one slider for a ranked list, thresholds for any other. */
class ProposalFilter extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      sp-slider {
        width: 100%;
      }
      .ends {
        display: flex;
        justify-content: space-between;
        margin-top: -6px;
      }
    `,
  ];

  protected override watched({ proposals, work }: PanelSession) {
    return [proposals.result, work.history];
  }

  override render() {
    const { session } = this;
    if (!session?.work.now.proposals) return nothing;
    const amount = session.proposals.amount();
    if (amount?.of === 1) return nothing;
    return html`<section aria-label="Filter">
      ${
        amount
          ? this.#amount(session, amount)
          : html`${this.#slider("Min. quality", "predictedIou", 100 * FLOOR.predictedIou, 100, 1, 100)}
            ${this.#slider("Min. stability", "stability", 100 * FLOOR.stability, 100, 1, 100)}
            ${this.#slider("Min. size", "area", 0, 10, 0.1, 100)}`
      }
    </section>`;
  }

  #amount({ proposals }: PanelSession, { shown, of, suggested }: Amount) {
    const set = (event: Event, live: boolean) =>
      proposals.setShown(Number((event.target as HTMLInputElement).value), live);
    return html`<sp-slider
        size="s"
        label="Shown"
        min="1"
        max=${of}
        step="1"
        value=${shown}
        default-value=${suggested}
        title="Double-click for the suggested number"
        .getAriaHandleText=${(value: number) => `${value} of ${of} objects`}
        @input=${(event: Event) => set(event, true)}
        @change=${(event: Event) => set(event, false)}
      ></sp-slider>
      <div class="ends quiet" aria-hidden="true"><span>Fewer</span><span>More</span></div>`;
  }

  #slider(label: string, key: keyof Thresholds, min: number, max: number, step: number, scale: number) {
    const session = this.session!;
    const { thresholds } = session.work.now.proposals!;
    const set = (event: Event, live: boolean) => {
      const value = Number((event.target as HTMLInputElement).value) / scale;
      const changed = { ...session.work.now.proposals!.thresholds, [key]: value };
      session.proposals.setThresholds(changed, live);
      if (!live) session.settings.update({ thresholds: changed });
    };
    return html`<sp-slider
      size="s"
      label=${label}
      min=${min}
      max=${max}
      step=${step}
      value=${Math.round(thresholds[key] * scale * 10) / 10}
      editable
      hide-stepper
      format-options='{"style":"unit","unit":"percent"}'
      @input=${(event: Event) => set(event, true)}
      @change=${(event: Event) => set(event, false)}
    ></sp-slider>`;
  }
}

define("ms-proposal-filter", ProposalFilter);
