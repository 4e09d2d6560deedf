import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/progress-bar/sp-progress-bar.js";
import { css, html, nothing } from "lit";
import { encodedFraction, type PanelSession } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";

/** Between two looks at the clock while a picture is encoded. */
const TICK_MS = 200;

/** The open picture and how far it has been read; every wait and every failure of it shows here. */
class PictureHeader extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      section {
        border-top: none;
        gap: 6px;
      }
      .name {
        flex: 1;
        min-width: 0;
        font-weight: 700;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .size {
        flex: none;
        font-variant-numeric: tabular-nums;
      }
      sp-progress-bar {
        width: 100%;
        --mod-progressbar-size-default: 100%;
      }
      .failure {
        color: var(--ms-negative);
      }
    `,
  ];

  protected override watched({ document, engines, reporter }: PanelSession) {
    return [document.picture, engines.status, reporter.busy];
  }

  #tick: ReturnType<typeof setTimeout> | undefined;

  /** The estimate moves on by the clock alone. */
  override updated(): void {
    clearTimeout(this.#tick);
    if (this.session?.document.picture.value.encoding) this.#tick = setTimeout(() => this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#tick);
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { document, phase } = session.document.picture.value;
    if (!document) {
      return html`<section aria-label="Image">
        <h2>No image is open</h2>
        <p class="quiet">Open an image to select objects in it.</p>
      </section>`;
    }
    return html`<section aria-label="Image" aria-busy=${phase === "reading"}>
      <div class="row">
        <span class="name" title=${document.name}>${document.name}</span>
        <span class="size quiet">${document.width} × ${document.height}</span>
      </div>
      ${this.#state(session)} ${this.#busy(session)}
    </section>`;
  }

  #state(session: PanelSession) {
    const { phase, progress, encoding, error } = session.document.picture.value;
    const engine = session.engines.status.value;
    switch (phase) {
      case "reading": {
        const starting = engine.phase === "starting";
        const stage = starting ? (engine.progress?.stage ?? "Starting engine") : (progress?.stage ?? "Analyzing image");
        const encoded = encoding ? encodedFraction(encoding, performance.now()) : 0;
        const fraction = starting ? (engine.progress?.fraction ?? 0) : encoded;
        return progressRow(stage, fraction > 0 && fraction < 1 ? fraction : null, () => session.document.cancel());
      }
      case "stopped":
        return html`<p class="quiet">Analysis stopped. Your prompts are kept.</p>
          <sp-button size="s" variant="secondary" treatment="outline" @click=${() => session.document.retry()}
            >Analyze image</sp-button
          >`;
      case "failed":
        return html`<p class="failure" role="alert">Couldn't analyze the image: ${error}</p>
          <p class="quiet">Your prompts are kept. Try again, or choose another processor in Settings.</p>
          <sp-button size="s" variant="secondary" treatment="outline" @click=${() => session.document.retry()}
            >Try again</sp-button
          >`;
      default:
        return nothing;
    }
  }

  #busy(session: PanelSession) {
    const busy = session.reporter.busy.value;
    return busy ? progressRow(busy.what, busy.fraction, busy.cancel) : nothing;
  }
}

/** A long act: what, how far, and how to stop it. */
export function progressRow(what: string, fraction: number | null, cancel: (() => void) | null) {
  return html`<div class="row">
    <sp-progress-bar
      class="grow"
      size="s"
      label=${what}
      ?indeterminate=${fraction === null}
      progress=${fraction === null ? nothing : Math.round(100 * fraction)}
    ></sp-progress-bar>
    ${
      cancel
        ? html`<sp-button size="s" variant="secondary" treatment="outline" @click=${cancel}>Cancel</sp-button>`
        : nothing
    }
  </div>`;
}

define("ms-picture-header", PictureHeader);
