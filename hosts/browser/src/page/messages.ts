import { MasksmithError, messageOf } from "@masksmith/core";
import { html, nothing, render } from "lit";

/** How long a message that needs no answer stays, ms. */
const SHORT = 6_000;

/** Tells the user what happened, below the picture; one message at a time. */
export class Messages {
  readonly #root: HTMLElement;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Something that went as asked; details stay until dismissed. */
  tell(words: string, details: readonly string[] = []): void {
    this.#show(words, details, false);
    if (details.length === 0) this.#timer = setTimeout(() => this.clear(), SHORT);
  }

  /** A failure, in its own words if it is one of ours; `kept` says what is not lost. A cancelled act is no failure. */
  fail(error: unknown, kept = ""): void {
    if (error instanceof MasksmithError && error.kind === "aborted") {
      this.clear();
      return;
    }
    const words = messageOf(error);
    this.#show(kept ? `${words.replace(/\.$/, "")}. ${kept}` : words, [], true);
  }

  /** Something that takes a while, and how to stop it; stays until the next message or `clear`. */
  busy(words: string, cancel?: () => void): void {
    clearTimeout(this.#timer);
    this.#root.hidden = false;
    this.#root.className = "";
    const stop = html`<div class="actions"><button @click=${cancel}>Cancel</button></div>`;
    render(html`<span>${words}</span>${cancel ? stop : nothing}`, this.#root);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#root.className = "";
    render(nothing, this.#root);
    // An element without content is hidden; lit leaves its markers behind.
    this.#root.hidden = true;
  }

  #show(words: string, details: readonly string[], isError: boolean): void {
    clearTimeout(this.#timer);
    this.#root.hidden = false;
    this.#root.className = isError ? "error" : "";
    const list = details.length > 0 ? html`<ul>${details.map((detail) => html`<li>${detail}</li>`)}</ul>` : nothing;
    const close = html`<div class="actions"><button @click=${() => this.clear()}>Close</button></div>`;
    render(html`<span>${words}</span>${list}${isError || details.length > 0 ? close : nothing}`, this.#root);
  }
}

/** Asks in a dialog; true for the first answer, false for the other or Escape. */
export function ask(question: string, yes: string, no: string): Promise<boolean> {
  const dialog = document.createElement("dialog");
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    const answer = (value: string) => () => dialog.close(value);
    render(
      html`<p>${question}</p>
        <div class="actions">
          <button @click=${answer("no")}>${no}</button><button @click=${answer("yes")}>${yes}</button>
        </div>`,
      dialog,
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
