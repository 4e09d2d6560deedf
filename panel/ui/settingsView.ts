import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/field-label/sp-field-label.js";
import "@spectrum-web-components/menu/sp-menu-item.js";
import "@spectrum-web-components/picker/sp-picker.js";
import "@spectrum-web-components/slider/sp-slider.js";
import "@spectrum-web-components/switch/sp-switch.js";
import { css, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import type { BackendChoice } from "../engine/index.js";
import type { ModelFolder } from "../host.js";
import { folderOfFiles, modelKey, type PanelSession, type Settings } from "../session/index.js";
import { KEY_HELP } from "../tools/index.js";
import { publicModelStyles, publicModels } from "./publicModels.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

const BACKENDS: readonly (readonly [BackendChoice, string])[] = [
  ["auto", "Automatic"],
  ["webgpu", "GPU"],
  ["wasm", "CPU"],
];

/** How the overlay looks, what computes, and the keys. */
export class SettingsView extends SessionElement {
  static override styles = [
    sharedStyles,
    publicModelStyles,
    css`
      .field {
        display: flex;
        flex-direction: column;
        gap: 2px;
      }
      sp-picker {
        width: 100%;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 10px;
        margin: 0;
      }
      dt {
        font-weight: 700;
      }
      @container (max-width: 280px) {
        dl {
          grid-template-columns: 1fr;
          gap: 0;
        }
        dd {
          padding-bottom: 6px;
        }
      }
      dd {
        margin: 0;
        color: var(--spectrum-gray-700);
      }
    `,
  ];

  #isPicking = false;

  protected override watched({ settings, engines, models, reporter }: PanelSession) {
    return [settings, engines.status, models.choice, reporter.busy];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { settings } = session;
    const { overlayOpacity, overlayColour, outline, hover, backend, alternatives } = settings.value;
    return html`<section aria-label="Overlay">
        <h2>Overlay</h2>
        <sp-slider
          size="s"
          label="Opacity"
          min="0"
          max="100"
          value=${Math.round(overlayOpacity * 100)}
          editable
          hide-stepper
          format-options='{"style":"unit","unit":"percent"}'
          @input=${(event: Event) => settings.update({ overlayOpacity: Number((event.target as HTMLInputElement).value) / 100 })}
        ></sp-slider>
        <sp-switch
          size="s"
          ?checked=${overlayColour !== null}
          @change=${() => settings.update({ overlayColour: overlayColour === null ? "#ff3b6b" : null })}
          >One color for all objects</sp-switch
        >
        ${
          overlayColour === null
            ? nothing
            : html`<input
                type="color"
                aria-label="Overlay color"
                .value=${overlayColour}
                @change=${(event: Event) => settings.update({ overlayColour: (event.target as HTMLInputElement).value })}
              />`
        }
        <sp-switch size="s" ?checked=${outline} @change=${() => settings.update({ outline: !outline })}>Outline</sp-switch>
        <sp-switch size="s" ?checked=${hover} @change=${() => settings.update({ hover: !hover })}>Preview on hover</sp-switch>
        <sp-switch
          size="s"
          ?checked=${alternatives}
          title="A click always has several suggestions; a box or a stroke has one unless this is on"
          @change=${() => settings.update({ alternatives: !alternatives })}
          >More suggestions for boxes and strokes</sp-switch
        >
      </section>
      ${session.host.sampleLayer ? this.#sample(session) : nothing} ${this.#model(session)}
      <section aria-label="Processor">
        <h2>Processor</h2>
        <sp-picker
          size="s"
          label="Processor"
          value=${backend}
          @change=${(event: Event) => {
            settings.update({ backend: (event.target as HTMLInputElement).value as BackendChoice });
            session.replan();
          }}
        >
          ${BACKENDS.map(([id, name]) => html`<sp-menu-item value=${id}>${name}</sp-menu-item>`)}
        </sp-picker>
        <p class="quiet">${session.engines.sentence()}</p>
      </section>
      <section aria-label="Keyboard shortcuts">
        <h2>Keyboard shortcuts</h2>
        <dl>
          ${KEY_HELP.map(([keys, what]) => html`<dt>${keys}</dt><dd>${what}</dd>`)}
        </dl>
      </section>`;
  }

  #sample({ settings }: PanelSession) {
    return html`<section aria-label="Layers">
      <h2>Layers</h2>
      <sp-picker
        size="s"
        label="Sample"
        value=${settings.value.sample}
        title="Which layers a click samples"
        @change=${(event: Event) => {
          settings.update({ sample: (event.target as HTMLInputElement).value as Settings["sample"] });
        }}
      >
        <sp-menu-item value="all">All layers</sp-menu-item>
        <sp-menu-item value="layer">Active layer</sp-menu-item>
      </sp-picker>
    </section>`;
  }

  #model(session: PanelSession) {
    const { models, chosen } = session.models.choice.value;
    const isBusy = session.reporter.busy.value !== null;
    return html`<section aria-label="Model">
      <h2>Model</h2>
      <sp-picker
        size="s"
        label="Model"
        title=${chosen.name}
        .value=${live(modelKey(chosen))}
        ?disabled=${isBusy}
        @change=${(event: Event) => session.models.choose((event.target as HTMLInputElement).value)}
      >
        ${models.map((model) => html`<sp-menu-item value=${modelKey(model)}>${model.name}</sp-menu-item>`)}
      </sp-picker>
      <p class="quiet">${chosen.id}, version ${chosen.version}, ${chosen.origin}</p>
      ${
        session.host.name === "browser" || session.host.pickModelFolder
          ? html`<sp-button size="s" variant="secondary" treatment="outline" ?disabled=${isBusy} @click=${() => this.#openModel(session)}
              >Open model folder…</sp-button
            >`
          : nothing
      }
      ${publicModels}
    </section>`;
  }

  async #openModel(session: PanelSession): Promise<void> {
    const { host } = session;
    if (this.#isPicking) return;
    this.#isPicking = true;
    try {
      await session.models.add(() => host.pickModelFolder?.() ?? pickFolder());
    } finally {
      this.#isPicking = false;
    }
  }
}

/** The files of a folder that the user chooses; undefined if they cancel. */
function pickFolder(): Promise<ModelFolder | undefined> {
  const input = document.createElement("input");
  input.type = "file";
  input.webkitdirectory = true;
  return new Promise((resolve) => {
    input.addEventListener("change", () => resolve(folderOfFiles([...(input.files ?? [])])), { once: true });
    input.addEventListener("cancel", () => resolve(undefined), { once: true });
    input.click();
  });
}

define("ms-settings-view", SettingsView);
