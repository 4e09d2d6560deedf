import "@spectrum-web-components/action-button/sp-action-button.js";
import "@spectrum-web-components/button/sp-button.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-edit.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-merge.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-redo.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-ungroup.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-undo.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-visibility-off.js";
import "@spectrum-web-components/icons-workflow/icons/sp-icon-visibility.js";
import "@spectrum-web-components/menu/sp-menu-item.js";
import "@spectrum-web-components/picker/sp-picker.js";
import "@spectrum-web-components/switch/sp-switch.js";
import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { PanelSession, Proposal, Settings } from "../session/index.js";
import { redoLabel, undoLabel } from "../state/index.js";
import { listStyles } from "./listStyles.js";
import type { NameField } from "./nameField.js";
import { onTreeKey, type TreePlace, treePlaces } from "./objectTree.js";
import { progressRow } from "./pictureHeader.js";
import { proposalStyles } from "./proposalStyles.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./nameField.js";
import "./proposalFilter.js";
import "./thumbnail.js";

/** Rows that one frame adds, while the end of the list is in sight. */
const ROWS_A_FRAME = 2;

const PRESETS: readonly (readonly [Settings["preset"], string])[] = [
  ["objects", "Objects people see"],
  ["official", "All regions (Meta default)"],
  ["sa-1b", "All regions (SA-1B)"],
];

const PURPOSES: Readonly<Record<Settings["preset"], string>> = {
  objects: "Finds what people see as objects, the most likely first.",
  official: "Finds every region, with the original generator's settings. Fast samples fewer points.",
  "sa-1b": "Finds every region, small ones too, as in the SA-1B data set. Takes minutes. Fast samples fewer points.",
};

/** All objects of the picture: find, filter, keep or drop, merge, rename, apply. */
export class ProposalView extends SessionElement {
  static override styles = [sharedStyles, listStyles, proposalStyles];

  #rows = 0;
  #run = "";
  /** The row that Tab leads to. */
  #current = "";

  /** Adds rows until the list is all there or its end is out of sight. */
  override updated(): void {
    const { run } = this.session?.proposals.result.value ?? { run: "" };
    if (run !== this.#run) this.#rows = 0;
    this.#run = run;
    this.#sight.disconnect();
    const end = this.renderRoot.querySelector(".end");
    if (end) this.#sight.observe(end);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sight.disconnect();
  }

  readonly #sight = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#rows += ROWS_A_FRAME;
      this.requestUpdate();
    },
    { rootMargin: "200px" },
  );

  protected override watched({ proposals, work, document, settings }: PanelSession) {
    return [proposals.result, proposals.picked, work.history, document.picture, settings];
  }

  override render() {
    const { session } = this;
    if (!session) return nothing;
    return html`${this.#find(session)} ${this.#results(session)}`;
  }

  #find(session: PanelSession) {
    const { phase, fraction, error, masks } = session.proposals.result.value;
    return html`<section aria-label="Find all objects" aria-busy=${phase === "running"}>
      ${
        phase === "running"
          ? progressRow(`Finding objects: ${masks.length} so far`, fraction, () => session.proposals.cancel())
          : this.#start(session, masks.length > 0)
      }
      ${phase === "failed" ? html`<p class="failure" role="alert">Couldn't find all objects: ${error}. ${masks.length > 0 ? "Objects found so far are kept; try again." : "Try again."}</p>` : nothing}
      ${this.#count(session)}
      ${phase === "idle" ? html`<p class="quiet">${session.proposals.available ? PURPOSES[session.settings.value.preset] : "This version can't find objects automatically."}</p>` : nothing}
    </section>`;
  }

  #start(session: PanelSession, again: boolean) {
    const { settings, proposals } = session;
    const { preset, fast } = settings.value;
    const ready = session.document.picture.value.phase === "ready";
    return html`<div class="row">
        <sp-button
          class="grow"
          size="s"
          variant=${again ? "secondary" : "accent"}
          treatment=${again ? "outline" : "fill"}
          ?disabled=${!ready || !proposals.available}
          title="A"
          @click=${() => proposals.findAll()}
          >${again ? "Find again" : "Find all objects"}</sp-button
        >
        ${
          preset === "objects"
            ? nothing
            : html`<sp-switch size="s" ?checked=${fast} @change=${() => settings.update({ fast: !fast })}>Fast</sp-switch>`
        }
      </div>
      <sp-picker
        size="s"
        label="What to find"
        value=${preset}
        @change=${(event: Event) => settings.update({ preset: (event.target as HTMLInputElement).value as Settings["preset"] })}
      >
        ${PRESETS.map(([id, name]) => html`<sp-menu-item value=${id}>${name}</sp-menu-item>`)}
      </sp-picker>`;
  }

  #count({ proposals }: PanelSession) {
    const { phase, masks, seconds } = proposals.result.value;
    if (phase !== "done" && phase !== "canceled") return nothing;
    if (phase === "canceled" && masks.length === 0)
      return html`<p class="quiet">Canceled before any objects were found.</p>`;
    if (masks.length === 0) return nothing;
    const kept = `${proposals.kept().length} of ${masks.length} kept`;
    return html`<p class="quiet count">
      ${phase === "done" ? `${kept}, found in ${seconds.toFixed(1)} s` : `${kept}, canceled after ${seconds.toFixed(1)} s`}
    </p>`;
  }

  #results(session: PanelSession) {
    const { masks, phase, run } = session.proposals.result.value;
    const { proposals } = session.work.now;
    if (proposals && proposals.run !== run && phase !== "running")
      return html`<section><p class="quiet">These results have expired. Find the objects again.</p></section>`;
    if (masks.length > 0 && !proposals)
      return html`<section><p class="quiet">Search undone. Redo to bring the objects back.</p></section>`;
    if (!proposals || masks.length === 0) {
      return phase === "done"
        ? html`<section><p>No objects found. Click objects yourself in Select.</p></section>`
        : nothing;
    }
    const rows = session.proposals.rows();
    const picked = session.proposals.picked.value;
    const places = treePlaces(rows);
    const shown = rows.slice(0, this.#rows);
    const current = (shown.find(({ id }) => id === this.#current) ?? shown[0])?.id;
    return html`<ms-proposal-filter .session=${session}></ms-proposal-filter>
      <section class="list" aria-label="Objects found">
        <div class="row">
          <h2>Objects</h2>
          ${this.#history(session)}
          <sp-action-button
            size="s"
            quiet
            label="Merge checked"
            title="Merge checked"
            ?disabled=${picked.size < 2}
            @click=${() => session.proposals.mergePicked()}
            ><sp-icon-merge slot="icon"></sp-icon-merge
          ></sp-action-button>
        </div>
        <ul role="tree" aria-label="Objects found" aria-multiselectable="true" @keydown=${this.#onKey}>
          ${repeat(
            shown,
            ({ id }) => id,
            (row) => this.#row(session, row, picked.has(row.id), places.get(row.id)!, row.id === current),
          )}
        </ul>
        ${this.#rows < rows.length ? html`<div class="end"></div>` : nothing}
      </section>`;
  }

  #history(session: PanelSession) {
    const history = session.work.history.value;
    const [undoes, redoes] = [undoLabel(history), redoLabel(history)];
    return html`<sp-action-button size="s" quiet label=${undoes ? `Undo: ${undoes}` : "Undo"} ?disabled=${!undoes} @click=${() => session.work.undo()}
        ><sp-icon-undo slot="icon"></sp-icon-undo></sp-action-button
      ><sp-action-button size="s" quiet label=${redoes ? `Redo: ${redoes}` : "Redo"} ?disabled=${!redoes} @click=${() => session.work.redo()}
        ><sp-icon-redo slot="icon"></sp-icon-redo
      ></sp-action-button>`;
  }

  #row(session: PanelSession, row: Proposal, picked: boolean, place: TreePlace, current: boolean) {
    const { proposals } = session;
    const kept = proposals.isKept(row);
    return html`<li
      class=${kept ? "" : "dropped"}
      role="treeitem"
      aria-level=${place.level}
      aria-posinset=${place.position}
      aria-setsize=${place.of}
      aria-selected=${picked}
      aria-label=${kept ? row.name : `${row.name}, dropped`}
      tabindex=${current ? 0 : -1}
      data-id=${row.id}
      data-depth=${Math.min(row.depth, 3)}
      @focusin=${() => this.#reach(row.id)}
      @pointerenter=${() => proposals.hovered.set(row.id)}
      @pointerleave=${() => proposals.hovered.set(null)}
    >
      <input type="checkbox" .checked=${picked} aria-label=${`Check ${row.name}`} @change=${() => proposals.togglePicked(row.id)} />
      <button class="pick" aria-pressed=${kept} aria-label=${`${kept ? "Drop" : "Keep"} ${row.name}`} @click=${() => proposals.toggle(row.id)}>
        <ms-thumbnail
          .raster=${session.document.picture.value.raster}
          .mask=${row.mask}
          .documentSize=${session.document.current}
          .colour=${row.colour}
        ></ms-thumbnail>
      </button>
      <ms-name-field
        class="grow"
        .name=${row.name}
        @rename=${(event: CustomEvent<string>) => proposals.rename(row.id, event.detail)}
        @pick=${() => proposals.hovered.set(row.id)}
      ></ms-name-field>
      ${
        row.merged
          ? html`<button class="icon" aria-label=${`Unmerge ${row.name}`} title="Unmerge" @click=${() => proposals.split(row.id)}>
              <sp-icon-ungroup></sp-icon-ungroup>
            </button>`
          : html`<button class="icon" aria-label=${`Refine ${row.name}`} title="Refine with clicks" @click=${() => this.#refine(session, row)}>
              <sp-icon-edit></sp-icon-edit>
            </button>`
      }
      <button
        class="icon"
        aria-label=${`${kept ? "Drop" : "Keep"} ${row.name}`}
        title=${kept ? "Drop" : "Keep"}
        @click=${() => proposals.toggle(row.id)}
      >
        ${kept ? html`<sp-icon-visibility></sp-icon-visibility>` : html`<sp-icon-visibility-off></sp-icon-visibility-off>`}
      </button>
    </li>`;
  }

  #reach(id: string): void {
    if (id === this.#current) return;
    this.#current = id;
    this.requestUpdate();
  }

  readonly #onKey = (event: KeyboardEvent): void =>
    onTreeKey(event, this.renderRoot.querySelectorAll("[role=treeitem]"), {
      tick: ({ dataset }) => this.session?.proposals.togglePicked(dataset.id!),
      rename: (item) => void item.querySelector<NameField>("ms-name-field")?.edit(),
    });

  #refine(session: PanelSession, row: Proposal): void {
    session.proposals.refine(row.id);
    session.settings.update({ mode: "select" });
  }
}

define("ms-proposal-view", ProposalView);
