import type { Raster, SoftMask } from "@masksmith/core";
import type { FileKind } from "../outputs/index.js";
import { type PanelObject, Store } from "../state/index.js";
import { ObjectActs } from "./objectActs.js";
import { applyObjects, exportObjects, type OutputSource, outputOf } from "./outputs.js";
import type { Refiner } from "./refiner.js";
import { APPLIED, namesOf } from "./words.js";

/** What the user does with the results: into the document, into files. */
export abstract class OutputActs extends ObjectActs {
  abstract readonly refiner: Refiner;
  /** Objects just applied: not painted over their own result, until they are worked on again. */
  readonly applied = new Store<ReadonlySet<string>>(new Set());

  /** The object's own colours at its rim, in the raster of its bounds. */
  abstract ownColours(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster>;

  /** What an output takes: all kept in the list of all objects, all visible for a group, else the active object. */
  targets(): readonly (PanelObject & { readonly parent?: string | null })[] {
    const { mode, output } = this.settings.settings.value;
    if (mode === "objects") return this.proposer.keptAsObjects();
    return output === "group" ? this.shown() : this.chosen();
  }

  /** Applies the targets as the settings say. */
  async apply(): Promise<void> {
    const { output, selectionMode } = this.settings.settings.value;
    const objects = this.targets();
    const wanted = outputOf(output, selectionMode, this.host.ownColours === true && this.#wantsOwnColours());
    const done = await this.run("Applying", (signal, progress) =>
      applyObjects(this.#source(), objects, wanted, signal, progress),
    );
    if (!done) return;
    this.applied.set(new Set(objects.map(({ id }) => id)));
    this.newObject();
    this.tell({ tone: "success", text: `${APPLIED[output]} made from ${namesOf(objects)}.` });
  }

  async exportAs(kind: FileKind): Promise<void> {
    const { mode } = this.settings.settings.value;
    const objects = mode === "objects" ? this.targets() : kind === "cut-out" ? this.chosen() : this.shown();
    let saved = false;
    const done = await this.run("Writing the file", async (signal, progress) => {
      saved = await exportObjects(this.#source(), objects, kind, signal, progress);
    });
    if (done && saved) this.tell({ tone: "success", text: `${namesOf(objects)} saved.` });
  }

  /** The active object, else the only one. */
  chosen(): readonly PanelObject[] {
    const active = this.active;
    const shown = this.shown();
    return active ? [active] : shown.slice(-1);
  }

  shown(): readonly PanelObject[] {
    return this.work.work.objects.filter(({ visible }) => visible);
  }

  #wantsOwnColours(): boolean {
    const { edges, ownColours } = this.settings.settings.value;
    return ownColours && edges !== "off";
  }

  #source(): OutputSource {
    return {
      host: this.host,
      document: () => this.document,
      soft: (object, signal) => this.refiner.final(object, signal),
      ...(this.#wantsOwnColours()
        ? { ownColours: (raster, soft, signal) => this.ownColours(raster, soft, signal) }
        : {}),
    };
  }
}
