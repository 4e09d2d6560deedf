import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/action-group/sp-action-group.js";
import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-chevron-down.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-chevron-right.js";
import "@spectrum-web-components/progress-circle/sp-progress-circle.js";
import "@spectrum-web-components/slider/sp-slider.js";
import "@spectrum-web-components/switch/sp-switch.js";
import { type CleanUpSettings, NO_CLEAN_UP } from "@masksmith/core";
import { css, html, nothing } from "lit";
import { CLEAN_UP_RANGES, mostEdgePixels, type PanelSession, type Settings } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

const EDGES: readonly (readonly [Settings["edges"], name: string, hint: string])[] = [
  ["off", "Off", "Keeps the model's own edges"],
  ["crisp", "Crisp", "Hard edges"],
  ["natural", "Natural", "As soft as the edges in the image"],
  ["hair", "Hair", "Looks farther out for fine strands"],
];

const CLEAN_UP: readonly (readonly [keyof CleanUpSettings, name: string, unit: string, hint: string])[] = [
  ["islands", "Remove islands", "px", "Removes specks smaller than this"],
  ["holes", "Fill holes", "px", "Fills holes smaller than this"],
  ["smooth", "Smooth", "px", "Smooths bumps and dents up to this radius"],
  ["shift", "Shift edge", "px", "Expands the mask; negative values contract it"],
  ["feather", "Feather", "px", "Softens the edge"],
  ["contrast", "Contrast", "%", "Sharpens the edge"],
];

/** How the edges of masks are refined and tidied up; the values stay for all objects. */
export class RefineView extends SessionElement {
  static override properties = { open: { state: true } };
  static override styles = [
    sharedStyles,
    css`
      sp-action-group {
        width: 100%;
      }
      sp-action-group sp-action-button {
        --mod-actionbutton-edge-to-text: 4px;
      }
      sp-progress-circle {
        --mod-progress-circle-size: 14px;
      }
      .fold {
        display: flex;
        align-items: center;
        gap: 6px;
        padding: 2px 0;
        border: none;
        background: none;
        color: inherit;
        font: inherit;
        text-align: start;
        cursor: pointer;
      }
      .fold sp-icon-chevron-right,
      .fold sp-icon-chevron-down {
        width: 10px;
        height: 10px;
      }
      .sliders {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(180px, 1fr));
        gap: 4px 16px;
      }
      .failure {
        color: var(--ms-negative);
      }
    `,
  ];
  declare open: boolean;

  constructor() {
    super();
    this.open = false;
  }

  protected override watched({ settings, refining, work }: PanelSession) {
    return [settings, refining.state, refining.results, work.history];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { settings } = session;
    const { edges, secondLook } = settings.value;
    return html`<section aria-label="Edges">
      <div class="row">
        <h2>Edges</h2>
        ${this.#state(session)}
      </div>
      <sp-action-group size="s" compact justified selects="single" .selected=${[edges]} label="Edges">
        ${EDGES.map(
          ([mode, name, hint]) =>
            html`<sp-action-button size="s" value=${mode} title=${hint} @click=${() => settings.update({ edges: mode })}
              >${name}</sp-action-button
            >`,
        )}
      </sp-action-group>
      <sp-switch
        size="s"
        ?checked=${secondLook}
        title="Analyzes small objects again at full resolution"
        @change=${() => settings.update({ secondLook: !secondLook })}
        >Enhance small objects</sp-switch
      >
      ${this.#failure(session)} ${this.#tooLarge(session)} ${this.#cleanUp(session)}
    </section>`;
  }

  #state(session: PanelSession) {
    const { stage } = session.refining.state.value;
    if (!stage) return nothing;
    return html`<span class="quiet">${stage}</span>
      <sp-progress-circle indeterminate size="s" label=${stage}></sp-progress-circle>
      <sp-action-button size="xs" quiet title="Stop refining" @click=${() => session.refining.stop()}>Stop</sp-action-button>`;
  }

  #failure(session: PanelSession) {
    const { error } = session.refining.state.value;
    if (!error) return nothing;
    return html`<p class="failure" role="alert">Couldn't refine the edges: ${error}. The mask keeps the model's own edges.</p>
      <sp-button size="s" variant="secondary" treatment="outline" @click=${() => session.refining.retry()}>Try again</sp-button>`;
  }

  #tooLarge({ work: { active }, refining, document: { current: document } }: PanelSession) {
    if (!active || !document || !refining.isTooLarge(active)) return nothing;
    return html`<p class="quiet">
      ${active.name} is too large to refine (over ${mostEdgePixels(document) / 1e6} megapixels). It keeps the model's own edges.
    </p>`;
  }

  #cleanUp(session: PanelSession) {
    const { settings } = session;
    const { cleanUp, decontaminate, edges } = settings.value;
    const used = CLEAN_UP.filter(([key]) => cleanUp[key] !== 0);
    const toggle = () => {
      this.open = !this.open;
    };
    const label = used.length > 0 ? `Clean up: ${used.map(([, name]) => name.toLowerCase()).join(", ")}` : "Clean up";
    const arrow = this.open
      ? html`<sp-icon-chevron-down></sp-icon-chevron-down>`
      : html`<sp-icon-chevron-right></sp-icon-chevron-right>`;
    return html`<button class="fold" aria-expanded=${this.open} @click=${toggle}>${arrow}<span>${label}</span></button>
      ${
        this.open
          ? html`<div class="sliders">${CLEAN_UP.map((row) => this.#slider(session, row))}</div>
              <sp-switch
                size="s"
                ?checked=${decontaminate}
                ?disabled=${edges === "off"}
                title=${`Removes background color from the edges of cutouts${session.host.decontaminate ? " and new layers" : ""}`}
                @change=${() => settings.update({ decontaminate: !decontaminate })}
                >Decontaminate colors</sp-switch
              >
              <div class="row">
                <sp-button
                  size="s"
                  variant="secondary"
                  treatment="outline"
                  ?disabled=${used.length === 0}
                  @click=${() => settings.update({ cleanUp: NO_CLEAN_UP })}
                  >Reset</sp-button
                >
              </div>`
          : nothing
      }`;
  }

  #slider(session: PanelSession, [key, name, unit, hint]: (typeof CLEAN_UP)[number]) {
    const { settings } = session;
    const [least, most] = CLEAN_UP_RANGES[key];
    const onInput = (event: Event) => {
      const value = Number((event.target as HTMLInputElement).value);
      settings.update({ cleanUp: { ...settings.value.cleanUp, [key]: value } });
    };
    return html`<sp-slider
      size="s"
      label=${`${name}, ${unit}`}
      title=${hint}
      min=${least}
      max=${most}
      step="1"
      ?fill-start=${least < 0}
      value=${settings.value.cleanUp[key]}
      editable
      hide-stepper
      @input=${onInput}
      @change=${onInput}
    ></sp-slider>`;
  }
}

define("ms-refine-view", RefineView);
