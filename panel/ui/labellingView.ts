import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-chevron-left.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-chevron-right.js";
import "@spectrum-web-components/progress-bar/sp-progress-bar.js";
import "@spectrum-web-components/switch/sp-switch.js";
import { css, html, nothing } from "lit";
import { allRecords, type PanelSession } from "../session/index.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./answerPicker.js";
import "./objectList.js";
import "./toolBar.js";

/** Labelling a folder: by hand with prompts, or adding what automatic masks have left out. */
class LabellingView extends SessionElement {
  static override styles = [
    sharedStyles,
    css`
      sp-progress-bar {
        width: 100%;
        --mod-progressbar-size-default: 100%;
      }
      .times {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 2px 8px;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  protected override watched({ labelling, settings, work, proposals, document }: PanelSession) {
    return [labelling.progress, settings, work.history, proposals.result, document.picture];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    const { names, at } = session.labelling.progress.value;
    return html`${names.length === 0 ? this.#start(session) : this.#progress(session, names, at)}
      <ms-tool-bar .session=${session}></ms-tool-bar>
      <ms-answer-picker .session=${session}></ms-answer-picker>
      <ms-object-list .session=${session}></ms-object-list>
      ${this.#records(session)}`;
  }

  #start(session: PanelSession) {
    return html`<section aria-label="Images">
      <h2>Label images</h2>
      <p class="quiet">
        Work through a folder: mark each object, then press Page Down for the next image. Every mask is recorded with how
        it was made and how long it took.
      </p>
      ${
        session.labelling.available
          ? html`<div class="row wrap">
              <sp-button size="s" variant="accent" @click=${() => session.labelling.choosePictures("folder")}>Choose folder</sp-button>
              <sp-button
                size="s"
                variant="secondary"
                treatment="outline"
                @click=${() => session.labelling.choosePictures("pictures")}
                >Choose images</sp-button
              >
            </div>`
          : html`<p class="quiet">Only the open image can be labeled here.</p>`
      }
      ${this.#prefill(session)}
    </section>`;
  }

  #prefill(session: PanelSession) {
    const { settings } = session;
    const { prefill } = settings.value;
    return html`<sp-switch
        size="s"
        ?checked=${prefill}
        ?disabled=${!session.proposals.available}
        @change=${() => settings.update({ prefill: !prefill })}
        >Start with automatic masks</sp-switch
      >
      ${
        prefill &&
        session.proposals.available &&
        session.proposals.result.value.phase === "idle" &&
        session.document.current
          ? html`<sp-button size="s" variant="secondary" treatment="outline" @click=${() => session.proposals.findAll()}
              >Find them in this image</sp-button
            >`
          : nothing
      }`;
  }

  #progress(session: PanelSession, names: readonly string[], at: number) {
    const { done } = session.labelling.progress.value;
    return html`<section aria-label="Images">
      <div class="row">
        <sp-action-button
          size="s"
          quiet
          label="Previous image (Page Up)"
          title="Previous image (Page Up)"
          ?disabled=${at <= 0}
          @click=${() => session.labelling.stepPicture(-1)}
          ><sp-icon-chevron-left slot="icon"></sp-icon-chevron-left
        ></sp-action-button>
        <sp-progress-bar
          class="grow"
          size="s"
          label=${`Image ${at + 1} of ${names.length}`}
          progress=${Math.round((100 * done.size) / names.length)}
        ></sp-progress-bar>
        <sp-action-button
          size="s"
          quiet
          label="Next image (Page Down)"
          title="Next image (Page Down)"
          ?disabled=${at >= names.length - 1}
          @click=${() => session.labelling.stepPicture(1)}
          ><sp-icon-chevron-right slot="icon"></sp-icon-chevron-right
        ></sp-action-button>
      </div>
      ${this.#prefill(session)}
    </section>`;
  }

  #records(session: PanelSession) {
    const recorded = allRecords(session.labelling.progress.value);
    const { objects } = session.work.now;
    const seconds = objects.reduce((sum, object) => sum + object.seconds, 0);
    const masks = recorded.reduce((sum, { items }) => sum + items.length, 0);
    return html`<section aria-label="Records">
      <h2>Records</h2>
      <div class="times quiet">
        <span>Time per mask, this image</span><span>${objects.length > 0 ? `${(seconds / objects.length).toFixed(1)} s` : "none yet"}</span>
        ${recorded.length > 0 ? html`<span>Recorded</span><span>${masks} masks, ${recorded.length} images</span>` : nothing}
      </div>
      <div class="row wrap">
        <sp-button size="s" variant="accent" ?disabled=${!session.document.current} @click=${() => session.labelling.saveRecords("sa-1b")}
          >Save SA-1B</sp-button
        >
        <sp-button
          size="s"
          variant="secondary"
          treatment="outline"
          ?disabled=${!session.document.current}
          @click=${() => session.labelling.saveRecords("coco")}
          >Save COCO</sp-button
        >
        ${
          recorded.length > 0
            ? html`<sp-button size="s" variant="secondary" treatment="outline" @click=${() => session.labelling.clearRecords()}
                >Clear records</sp-button
              >`
            : nothing
        }
      </div>
    </section>`;
  }
}

define("ms-labelling-view", LabellingView);
