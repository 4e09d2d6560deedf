import { css, html, LitElement } from "lit";
import { define } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

/** A name, as a button (`pick`), that F2 or a double click turns into a text field: Enter renames, Escape leaves it. */
export class NameField extends LitElement {
  static override properties = { name: {}, editing: { state: true } };
  static override styles = [
    sharedStyles,
    css`
      button,
      input {
        width: 100%;
        height: 24px;
        padding: 0 4px;
        font: inherit;
        color: inherit;
        text-align: start;
        background: none;
        border: 1px solid transparent;
        border-radius: 3px;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      input {
        background: var(--spectrum-gray-50);
        border-color: var(--spectrum-gray-500);
      }
    `,
  ];
  declare name: string;
  declare editing: boolean;

  constructor() {
    super();
    this.name = "";
    this.editing = false;
  }

  override render() {
    if (!this.editing) {
      return html`<button
        title="Double-click or press F2 to rename"
        @click=${() => this.dispatchEvent(new CustomEvent("pick"))}
        @dblclick=${() => this.edit()}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key !== "F2") return;
          event.preventDefault();
          void this.edit();
        }}
      >
        ${this.name}
      </button>`;
    }
    return html`<input aria-label="Name" .value=${this.name} maxlength="80" @blur=${this.#done} @keydown=${this.#onKey} />`;
  }

  async edit(): Promise<void> {
    this.editing = true;
    await this.updateComplete;
    const field = this.renderRoot.querySelector("input");
    field?.focus();
    field?.select();
  }

  async #onKey(event: KeyboardEvent): Promise<void> {
    event.stopPropagation();
    if (event.key === "Enter") (event.target as HTMLInputElement).blur();
    else if (event.key === "Escape") this.editing = false;
    else return;
    await this.updateComplete;
    this.renderRoot.querySelector("button")?.focus();
  }

  #done(event: Event): void {
    if (!this.editing) return;
    this.editing = false;
    this.dispatchEvent(new CustomEvent("rename", { detail: (event.target as HTMLInputElement).value }));
  }
}

define("ms-name-field", NameField);
