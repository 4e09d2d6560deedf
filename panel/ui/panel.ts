import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-close.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-settings.js";
import "@spectrum-web-components/tabs/sp-tab.js";
import "@spectrum-web-components/tabs/sp-tabs.js";
import "@spectrum-web-components/theme/scale-medium.js";
import "@spectrum-web-components/theme/sp-theme.js";
import "@spectrum-web-components/theme/theme-dark.js";
import "@spectrum-web-components/theme/theme-light.js";
import "@spectrum-web-components/button/sp-button.js";
import { html, nothing } from "lit";
import { planName } from "../engine/index.js";
import type { Theme } from "../host.js";
import type { PanelMode, PanelSession } from "../session/index.js";
import type { DocumentCanvas } from "../viewport/index.js";
import { CanvasController } from "./canvasController.js";
import { panelStyles } from "./panelStyles.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles, themeStyles } from "./themes.js";
import "./answerPicker.js";
import "./labellingView.js";
import "./objectList.js";
import "./outputBar.js";
import "./pictureHeader.js";
import "./proposalView.js";
import "./refineView.js";
import "./settingsView.js";
import "./toolBar.js";

const MODES: readonly (readonly [PanelMode, string])[] = [
  ["select", "Select"],
  ["objects", "All objects"],
  ["label", "Label"],
];

/**
 * The panel: everything beside the picture. It fills its box from 230 CSS pixels on; the picture itself is a
 * `DocumentCanvas` that the page gives it to draw on and listen to.
 */
export class MasksmithPanel extends SessionElement {
  static override properties = { settingsOpen: { state: true } };
  static override styles = [sharedStyles, themeStyles, panelStyles];
  declare settingsOpen: boolean;
  #canvas: CanvasController | null = null;
  #theme: Theme = "darkest";
  #stopTheme: (() => void) | undefined;
  #noticeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.settingsOpen = false;
  }

  /** Gives the panel its session and the picture to work on; once. */
  connect(session: PanelSession, canvas: DocumentCanvas): void {
    this.session = session;
    this.#theme = session.host.theme();
    this.#stopTheme = session.host.on("theme", (theme) => {
      this.#theme = theme;
      this.requestUpdate();
    });
    this.#canvas = new CanvasController(session, canvas, this);
    session.reporter.notice.subscribe((notice) => {
      clearTimeout(this.#noticeTimer);
      if (notice && notice.tone !== "failure")
        this.#noticeTimer = setTimeout(() => session.reporter.notice.set(null), 6_000);
    });
  }

  disconnect(): void {
    this.#canvas?.dispose();
    this.#stopTheme?.();
    this.session?.dispose();
    this.session = null;
  }

  protected override watched({ settings, engines, reporter }: PanelSession) {
    return [settings, engines.status, reporter.notice, reporter.spoken];
  }

  override render() {
    const { session } = this;
    const colour = this.#theme === "darkest" || this.#theme === "dark" ? "dark" : "light";
    return html`<sp-theme system="spectrum" color=${colour} scale="medium" data-theme=${this.#theme} lang="en">
      ${session ? this.#panel(session) : nothing}
    </sp-theme>`;
  }

  #panel(session: PanelSession) {
    const { mode } = session.settings.value;
    return html`
      <ms-picture-header .session=${session}></ms-picture-header>
      <nav><sp-tabs
        size="s"
        quiet
        compact
        label="Mode"
        selected=${this.settingsOpen ? "" : mode}
        @change=${(event: Event) => this.#setMode(session, (event.target as HTMLElement & { selected: string }).selected)}
      >
        ${MODES.map(([id, name]) => html`<sp-tab label=${name} value=${id}></sp-tab>`)}
      </sp-tabs></nav>
      <div class="body ${this.settingsOpen ? "settings" : mode}"><div>${this.settingsOpen ? html`<ms-settings-view .session=${session}></ms-settings-view>` : this.#body(session, mode)}</div></div>
      ${this.#notice(session)}
      ${!this.settingsOpen && mode !== "label" ? html`<ms-output-bar .session=${session}></ms-output-bar>` : nothing}
      ${this.#footer(session)}
      <div class="hidden" role="status" aria-live="polite">${session.reporter.spoken.value}</div>
    `;
  }

  #body(session: PanelSession, mode: PanelMode) {
    const refine = html`<ms-refine-view .session=${session}></ms-refine-view>`;
    if (mode === "objects") return html`<ms-proposal-view .session=${session}></ms-proposal-view>${refine}`;
    if (mode === "label") return html`<ms-labelling-view .session=${session}></ms-labelling-view>`;
    return html`
      <ms-tool-bar .session=${session}></ms-tool-bar>
      <ms-answer-picker .session=${session}></ms-answer-picker>
      ${refine}
      <ms-object-list .session=${session}></ms-object-list>
    `;
  }

  #footer(session: PanelSession) {
    const { phase, info } = session.engines.status.value;
    const label = {
      off: "Starts on first click",
      starting: "Starting engine",
      ready: info ? planName(info) : "Ready",
      resting: "Idle; starts on next click",
      failed: "Couldn't start the engine",
    }[phase];
    return html`<footer>
      <i class="dot ${phase}" aria-hidden="true"></i>
      <button
        class="quiet"
        title=${session.engines.sentence()}
        @click=${() => session.reporter.tell({ tone: "info", text: session.engines.sentence() })}
      >
        ${label}
      </button>
      <sp-action-button
        size="s"
        quiet
        label="Settings and shortcuts"
        title="Settings and shortcuts"
        ?selected=${this.settingsOpen}
        @click=${() => {
          this.settingsOpen = !this.settingsOpen;
        }}
        ><sp-icon-settings slot="icon"></sp-icon-settings
      ></sp-action-button>
    </footer>`;
  }

  #notice(session: PanelSession) {
    const notice = session.reporter.notice.value;
    if (!notice) return nothing;
    return html`<div class="notice ${notice.tone}" role=${notice.tone === "failure" ? "alert" : nothing}>
      <p>
        ${notice.text}
        ${
          notice.action
            ? html`<sp-button
                size="s"
                variant="secondary"
                treatment="outline"
                @click=${() => {
                  session.reporter.tell(null);
                  notice.action?.run();
                }}
                >${notice.action.label}</sp-button
              >`
            : nothing
        }
      </p>
      <sp-action-button size="xs" quiet label="Close" @click=${() => session.reporter.tell(null)}
        ><sp-icon-close slot="icon"></sp-icon-close
      ></sp-action-button>
    </div>`;
  }

  #setMode(session: PanelSession, mode: string): void {
    if (!MODES.some(([id]) => id === mode)) return;
    this.settingsOpen = false;
    session.settings.update({ mode: mode as PanelMode });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "masksmith-panel": MasksmithPanel;
  }
}

define("masksmith-panel", MasksmithPanel);
