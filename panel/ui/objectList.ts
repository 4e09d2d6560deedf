import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-add.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-delete.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-visibility-off.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-visibility.js";
import { css, html, nothing } from "lit";
import type { PanelSession } from "../session/index.js";
import type { PanelObject } from "../state/index.js";
import { listStyles } from "./listStyles.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./nameField.js";
import "./thumbnail.js";

/** The objects, each with its colour, name and visibility. */
class ObjectList extends SessionElement {
  static override styles = [
    sharedStyles,
    listStyles,
    css`
      input[type="color"] {
        width: 16px;
        height: 16px;
        padding: 0;
        border: 1px solid var(--spectrum-gray-600);
        border-radius: 3px;
        background: none;
        cursor: pointer;
      }
      input[type="color"]::-webkit-color-swatch-wrapper {
        padding: 0;
      }
      input[type="color"]::-webkit-color-swatch {
        border: none;
        border-radius: 2px;
      }
    `,
  ];

  protected override watched({ answering, work, document }: PanelSession) {
    return [answering.answers, work.history, document.picture];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { objects, active } = session.work.now;
    return html`<section aria-label="Objects">
      <div class="row">
        <h2>Objects</h2>
        <sp-action-button
          size="s"
          quiet
          label="New object (N)"
          title="New object (N)"
          ?disabled=${!session.document.current || active === null}
          @click=${() => session.objects.startNew()}
          ><sp-icon-add slot="icon"></sp-icon-add
        ></sp-action-button>
      </div>
      ${
        objects.length === 0
          ? html`<p class="quiet">No objects yet. Each click refines the current object; press N to start another.</p>`
          : html`<ul>
              ${objects.map((object) => this.#item(session, object, object.id === active))}
            </ul>`
      }
      ${objects.length > 0 && active === null ? html`<p class="quiet">Click the next object in the image.</p>` : nothing}
    </section>`;
  }

  #item(session: PanelSession, object: PanelObject, active: boolean) {
    const answer = session.answering.answers.value.get(object.id);
    const shown = answer?.candidates[answer.chosen];
    return html`<li class=${active ? "active" : ""}>
      <button class="pick" aria-pressed=${active} aria-label=${`Edit ${object.name}`} @click=${() => session.objects.activate(object.id)}>
        <ms-thumbnail
          .raster=${session.document.picture.value.raster}
          .mask=${shown?.mask ?? null}
          .documentSize=${session.document.current}
          .colour=${object.colour}
        ></ms-thumbnail>
      </button>
      <input
        type="color"
        .value=${object.colour}
        aria-label=${`Color of ${object.name}`}
        title="Color"
        @change=${(event: Event) => session.objects.recolour(object.id, (event.target as HTMLInputElement).value)}
      />
      <ms-name-field
        class="grow"
        .name=${object.name}
        @rename=${(event: CustomEvent<string>) => session.objects.rename(object.id, event.detail)}
        @pick=${() => session.objects.activate(object.id)}
      ></ms-name-field>
      <sp-action-button
        size="xs"
        quiet
        label=${object.visible ? `Hide ${object.name}` : `Show ${object.name}`}
        @click=${() => session.objects.setVisible(object.id, !object.visible)}
        >${
          object.visible
            ? html`<sp-icon-visibility slot="icon"></sp-icon-visibility>`
            : html`<sp-icon-visibility-off slot="icon"></sp-icon-visibility-off>`
        }</sp-action-button
      >
      <sp-action-button size="xs" quiet label=${`Delete ${object.name}`} @click=${() => session.objects.remove(object.id)}
        ><sp-icon-delete slot="icon"></sp-icon-delete
      ></sp-action-button>
    </li>`;
  }
}

define("ms-object-list", ObjectList);
