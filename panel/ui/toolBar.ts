import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/action-group/sp-action-group.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-brush.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-lasso-select.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-rect-select.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-redo.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-selection-checked.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-cursor-click.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-undo.js";
import "@spectrum-web-components/slider/sp-slider.js";
import { css, html, nothing } from "lit";
import type { PanelSession, ToolId } from "../session/index.js";
import { redoLabel, undoLabel } from "../state/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

const TOOLS: readonly (readonly [id: ToolId, label: string, icon: unknown, hint: string])[] = [
  [
    "point",
    "Point (P)",
    html`<sp-icon-cursor-click slot="icon"></sp-icon-cursor-click>`,
    "Click an object; click again for the next suggestion. Alt-click to subtract. Drag to draw a box.",
  ],
  ["box", "Box (R)", html`<sp-icon-rect-select slot="icon"></sp-icon-rect-select>`, "Drag a box around an object."],
  [
    "lasso",
    "Lasso (L)",
    html`<sp-icon-lasso-select slot="icon"></sp-icon-lasso-select>`,
    "Draw a loose outline around an object.",
  ],
  [
    "brush",
    "Brush (B)",
    html`<sp-icon-brush slot="icon"></sp-icon-brush>`,
    "Paint over an object. Hold Alt to subtract.",
  ],
];

/** Tools, undo and redo, and what the tool in use does. */
export class ToolBar extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      section {
        gap: 6px;
      }
      .row {
        justify-content: space-between;
        gap: 0;
      }
      sp-action-group {
        flex-wrap: nowrap;
      }
      sp-action-button {
        --mod-actionbutton-min-width: 26px;
        --mod-actionbutton-edge-to-visual-only: 4px;
      }
      sp-slider {
        flex: 1;
      }
    `,
  ];

  protected override watched({ settings, work, document }: PanelSession) {
    return [settings, work.history, document.picture];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { tool, brushSize } = session.settings.value;
    const history = session.work.history.value;
    const [undoes, redoes] = [undoLabel(history), redoLabel(history)];
    const idle = !session.document.current;
    const hint = TOOLS.find(([id]) => id === tool)?.[3];
    return html`<section aria-label="Tools">
      <div class="row">
        <sp-action-group size="s" quiet compact selects="single" .selected=${[tool]} label="Tool" ?disabled=${idle}>
          ${TOOLS.map(
            ([id, label, icon]) =>
              html`<sp-action-button
                size="s"
                quiet
                value=${id}
                label=${label}
                title=${label}
                ?disabled=${idle}
                @click=${() => session.settings.update({ tool: id })}
                >${icon}</sp-action-button
              >`,
          )}
        </sp-action-group>
        <div class="row">
          <sp-action-button
            size="s"
            quiet
            label="Start from current selection"
            title="Start from current selection"
            ?disabled=${idle}
            @click=${() => session.prompts.addSelection()}
            ><sp-icon-selection-checked slot="icon"></sp-icon-selection-checked
          ></sp-action-button>
          <sp-action-button
            size="s"
            quiet
            label=${undoes ? `Undo: ${undoes}` : "Undo"}
            title=${undoes ? `Undo: ${undoes}` : "Nothing to undo"}
            ?disabled=${!undoes}
            @click=${() => session.work.undo()}
            ><sp-icon-undo slot="icon"></sp-icon-undo
          ></sp-action-button>
          <sp-action-button
            size="s"
            quiet
            label=${redoes ? `Redo: ${redoes}` : "Redo"}
            title=${redoes ? `Redo: ${redoes}` : "Nothing to redo"}
            ?disabled=${!redoes}
            @click=${() => session.work.redo()}
            ><sp-icon-redo slot="icon"></sp-icon-redo
          ></sp-action-button>
        </div>
      </div>
      ${
        tool === "brush"
          ? html`<sp-slider
              size="s"
              label="Brush size"
              min="4"
              max="120"
              value=${brushSize}
              editable
              hide-stepper
              @change=${(event: Event) =>
                session.settings.update({ brushSize: Number((event.target as HTMLInputElement).value) })}
            ></sp-slider>`
          : nothing
      }
      <p class="quiet">${hint}</p>
    </section>`;
  }
}

define("ms-tool-bar", ToolBar);
