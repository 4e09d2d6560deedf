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
import "@spectrum-web-components/slider/sp-slider.js";
import "@spectrum-web-components/switch/sp-switch.js";
import { html, nothing } from "lit";
import type { PanelSession, Proposal, Settings } from "../session/index.js";
import { FLOOR, redoLabel, type Thresholds, undoLabel } from "../state/index.js";
import { listStyles } from "./listStyles.js";
import type { NameField } from "./nameField.js";
import { onTreeKey, type TreePlace, treePlaces } from "./objectTree.js";
import { progressRow } from "./pictureHeader.js";
import { proposalStyles } from "./proposalStyles.js";
import { define, SessionElement } from "./sessionElement.js";
import { sharedStyles } from "./themes.js";
import "./nameField.js";
import "./thumbnail.js";

/** Rows that one frame adds, while the end of the list is in sight. */
const ROWS_A_FRAME = 2;

const DETAILS: readonly (readonly [Settings["detail"], string])[] = [
  ["coarse", "Large objects"],
  ["normal", "Normal"],
  ["fine", "Include small objects"],
];

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
    const { phase, fraction, error, masks, seconds } = session.proposals.result.value;
    const { settings } = session;
    const ready = session.document.picture.value.phase === "ready";
    const kept = session.proposals.kept().length;
    return html`<section aria-label="Find all objects" aria-busy=${phase === "running"}>
      ${
        phase === "running"
          ? progressRow(`Finding objects: ${masks.length} so far`, fraction, () => session.proposals.cancel())
          : html`<div class="row">
              <sp-button
                class="grow"
                size="s"
                variant=${masks.length > 0 ? "secondary" : "accent"}
                treatment=${masks.length > 0 ? "outline" : "fill"}
                ?disabled=${!ready || !session.proposals.available}
                title="A"
                @click=${() => session.proposals.findAll()}
                >${masks.length > 0 ? "Find again" : "Find all objects"}</sp-button
              >
              <sp-switch size="s" ?checked=${settings.value.fast} @change=${() => settings.update({ fast: !settings.value.fast })}
                >Fast</sp-switch
              >
            </div>
            <sp-picker
              size="s"
              label="Detail"
              value=${settings.value.detail}
              @change=${(event: Event) => settings.update({ detail: (event.target as HTMLInputElement).value as Settings["detail"] })}
            >
              ${DETAILS.map(([id, name]) => html`<sp-menu-item value=${id}>${name}</sp-menu-item>`)}
            </sp-picker>`
      }
      ${phase === "failed" ? html`<p class="failure" role="alert">Couldn't find all objects: ${error}. Objects found so far are kept; try again.</p>` : nothing}
      ${
        phase === "done"
          ? html`<p class="quiet count">${kept} of ${masks.length} kept, found in ${seconds.toFixed(1)} s</p>`
          : nothing
      }
      ${phase === "idle" && !session.proposals.available ? html`<p class="quiet">This version can't find objects automatically.</p>` : nothing}
      ${
        phase === "idle" && session.proposals.available
          ? html`<p class="quiet">Finds every object in the image and the parts inside it. Fast samples fewer points.</p>`
          : nothing
      }
    </section>`;
  }

  #results(session: PanelSession) {
    const { masks, phase, run } = session.proposals.result.value;
    const { proposals } = session.work.now;
    if (proposals && proposals.run !== run && phase !== "running")
      return html`<section><p class="quiet">These results have expired. Find the objects again.</p></section>`;
    if (masks.length > 0 && !proposals)
      return html`<section><p class="quiet">Search undone. Redo to bring the objects back.</p></section>`;
    if (!proposals || (masks.length === 0 && phase !== "running")) {
      return phase === "done"
        ? html`<section><p>No objects found. Click objects yourself in Select.</p></section>`
        : nothing;
    }
    const rows = session.proposals.rows();
    const picked = session.proposals.picked.value;
    const places = treePlaces(rows);
    const shown = rows.slice(0, this.#rows);
    const current = (shown.find(({ id }) => id === this.#current) ?? shown[0])?.id;
    return html`<section aria-label="Filter">
        ${this.#slider("Min. quality", "predictedIou", 100 * FLOOR.predictedIou, 100, 1, 100)}
        ${this.#slider("Min. stability", "stability", 100 * FLOOR.stability, 100, 1, 100)}
        ${this.#slider("Min. size", "area", 0, 10, 0.1, 100)}
      </section>
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
          ${shown.map((row) => this.#row(session, row, picked.has(row.id), places.get(row.id)!, row.id === current))}
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

  #slider(label: string, key: keyof Thresholds, min: number, max: number, step: number, scale: number) {
    const session = this.session!;
    const { thresholds } = session.work.now.proposals!;
    const set = (event: Event, live: boolean) => {
      const value = Number((event.target as HTMLInputElement).value) / scale;
      const changed = { ...session.work.now.proposals!.thresholds, [key]: value };
      session.proposals.setThresholds(changed, live);
      if (!live) session.settings.update({ thresholds: changed });
    };
    return html`<sp-slider
      size="s"
      label=${label}
      min=${min}
      max=${max}
      step=${step}
      value=${Math.round(thresholds[key] * scale * 10) / 10}
      editable
      hide-stepper
      format-options='{"style":"unit","unit":"percent"}'
      @input=${(event: Event) => set(event, true)}
      @change=${(event: Event) => set(event, false)}
    ></sp-slider>`;
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
