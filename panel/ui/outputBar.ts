import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/action-group/sp-action-group.js";
import "@spectrum-web-components/action-menu/sp-action-menu.js";
import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-export.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-select-add.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-select-intersect.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-select-rectangle.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-select-subtract.js";
import "@spectrum-web-components/menu/sp-menu-item.js";
import "@spectrum-web-components/picker/sp-picker.js";
import { css, html, nothing } from "lit";
import type { OutputKind, SelectionMode } from "../host.js";
import type { FileKind } from "../outputs/index.js";
import { givenMask, type PanelSession } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

export const OUTPUT_NAMES: Readonly<Record<OutputKind, string>> = {
  selection: "Selection",
  "layer-mask": "Layer mask",
  "new-layer": "New layer",
  "alpha-channel": "Alpha channel",
  path: "Path",
  group: "Layer group (all objects)",
};

const MODES: readonly (readonly [SelectionMode, string, unknown])[] = [
  ["replace", "Replace", html`<sp-icon-select-rectangle slot="icon"></sp-icon-select-rectangle>`],
  ["add", "Add", html`<sp-icon-select-add slot="icon"></sp-icon-select-add>`],
  ["subtract", "Subtract", html`<sp-icon-select-subtract slot="icon"></sp-icon-select-subtract>`],
  ["intersect", "Intersect", html`<sp-icon-select-intersect slot="icon"></sp-icon-select-intersect>`],
];

const FILES: readonly (readonly [FileKind, string])[] = [
  ["png", "Mask as PNG"],
  ["cut-out", "Cutout as PNG"],
  ["svg", "Outlines as SVG"],
  ["psd", "Masked layers as PSD"],
  ["sa-1b", "Record as SA-1B JSON"],
  ["coco", "Record as COCO JSON"],
];

/** Where the result goes, and the button that sends it there. */
export class OutputBar extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      sp-picker {
        flex: 1;
        width: 100%;
        min-width: 0;
      }
      sp-button {
        flex: 1;
      }
      sp-action-button {
        --mod-actionbutton-min-width: 28px;
        --mod-actionbutton-edge-to-visual-only: 5px;
      }
    `,
  ];

  protected override watched({ settings, work, document, answering, reporter, proposals }: PanelSession) {
    return [settings, work.history, document.picture, answering.answers, reporter.busy, proposals.result];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { settings } = session;
    const { output, selectionMode } = settings.value;
    const refused = session.document.current?.refused[output];
    const { answers } = session.answering;
    const objects = session.outputs.targets();
    const hasMask = (object: (typeof objects)[number]) =>
      givenMask(object) !== null || (answers.value.get(object.id)?.candidates.length ?? 0) > 0;
    const ready = objects.length > 0 && objects.every(hasMask);
    const modal = output === "selection" || output === "layer-mask";
    return html`<section aria-label="Apply">
      <div class="row">
        <sp-picker
          size="s"
          label="Output"
          value=${output}
          @change=${(event: Event) => settings.update({ output: (event.target as HTMLInputElement).value as OutputKind })}
        >
          ${Object.entries(OUTPUT_NAMES).map(([kind, name]) => html`<sp-menu-item value=${kind}>${name}</sp-menu-item>`)}
        </sp-picker>
      </div>
      ${
        modal
          ? html`<sp-action-group size="s" quiet compact justified selects="single" .selected=${[selectionMode]} label="Combine with existing">
              ${MODES.map(
                ([mode, name, icon]) =>
                  html`<sp-action-button
                    size="s"
                    quiet
                    value=${mode}
                    label=${name}
                    title=${name}
                    @click=${() => settings.update({ selectionMode: mode })}
                    >${icon}</sp-action-button
                  >`,
              )}
            </sp-action-group>`
          : nothing
      }
      ${refused ? html`<p class="quiet">${refused}</p>` : nothing}
      <div class="row">
        <sp-button
          size="s"
          variant="accent"
          ?disabled=${!ready || Boolean(refused) || session.reporter.busy.value !== null}
          title="Ctrl+Enter"
          @click=${() => session.outputs.apply()}
          >Apply</sp-button
        >
        <sp-action-menu
          size="s"
          label="Export"
          title="Export"
          ?disabled=${!ready || session.reporter.busy.value !== null}
          @change=${(event: Event) => {
            const menu = event.target as HTMLInputElement;
            void session.outputs.exportAs(menu.value as FileKind);
          }}
        >
          <sp-icon-export slot="icon"></sp-icon-export>
          ${FILES.filter(([kind]) => kind !== "psd" || session.host.psd).map(([kind, name]) => html`<sp-menu-item value=${kind}>${name}</sp-menu-item>`)}
        </sp-action-menu>
      </div>
    </section>`;
  }
}

define("ms-output-bar", OutputBar);
