import type { Raster, SoftMask } from "@masksmith/core";
import type { Output } from "../../host.js";
import type { FileKind } from "../../outputs/index.js";
import { type PanelObject, Store } from "../../state/index.js";
import { ObjectActs } from "../objectActs.js";
import type { Refiner } from "../refining/refiner.js";
import type { Notice } from "../reporter.js";
import { APPLIED, namesOf, saved } from "../words.js";
import { applyObjects, exportObjects, type OutputSource, outputOf } from "./outputs.js";

type Targets = readonly (PanelObject & { readonly parent?: string | null })[];

/** What the user does with the results: into the document, into files. */
export abstract class OutputActs extends ObjectActs {
  abstract readonly refiner: Refiner;
  /** Objects just applied: not painted over their own result, until they are worked on again. */
  readonly applied = new Store<ReadonlySet<string>>(new Set());

  /** The object's own colours at its rim, in the raster of its bounds. */
  abstract ownColours(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster>;

  /** What an output takes: all kept in the list of all objects, all visible for a group, else the active object. */
  targets(): Targets {
    const { mode, output } = this.settings.settings.value;
    if (mode === "objects") return this.proposer.keptAsObjects();
    return output === "group" ? this.shown() : this.chosen();
  }

  /** Applies the targets as the settings say. */
  async apply(): Promise<void> {
    const { output, selectionMode } = this.settings.settings.value;
    const wanted = outputOf(output, selectionMode, this.host.ownColours === true && this.#wantsOwnColours());
    await this.#applyAs(wanted, this.targets());
  }

  async #applyAs(output: Output, objects: Targets): Promise<void> {
    const again = this.#onThisDocument(() => this.#applyAs(output, this.#asNow(objects)));
    const work = (signal: AbortSignal, progress: (fraction: number) => void) =>
      applyObjects(this.#source(), objects, output, signal, progress);
    if (!(await this.run("Applying", work, again))) return;
    this.applied.set(new Set(objects.map(({ id }) => id)));
    this.newObject();
    this.tell(await this.#applied(output, objects));
  }

  /** What has become of the objects; taking away may leave nothing. */
  async #applied(output: Output, objects: Targets): Promise<Notice> {
    const made: Notice = { tone: "success", text: `${APPLIED[output.kind]} made from ${namesOf(objects)}.` };
    if (output.kind !== "selection" || output.mode === "replace" || output.mode === "add") return made;
    const selection = await this.host.selection().catch(() => undefined);
    const isLeft = selection === undefined || selection?.data.some((value) => value > 0);
    const how =
      output.mode === "subtract" ? "covers all that was selected" : "has nothing in common with the selection";
    return isLeft ? made : { tone: "info", text: `Nothing is left selected: ${namesOf(objects)} ${how}.` };
  }

  /** The same act once more, unless another document has been opened since. */
  #onThisDocument(act: () => Promise<void>): () => void {
    const id = this.document?.id;
    return () => {
      if (this.document?.id === id) void act();
      else this.tell({ tone: "info", text: "Another document is open by now: nothing was done." });
    };
  }

  /** The same objects with what has been done to them since. */
  #asNow(objects: Targets): Targets {
    const now = new Map(this.work.work.objects.map((object) => [object.id, object]));
    return objects.map((object) => now.get(object.id) ?? object);
  }

  async exportAs(kind: FileKind): Promise<void> {
    const { mode } = this.settings.settings.value;
    const objects = mode === "objects" ? this.targets() : kind === "cut-out" ? this.chosen() : this.shown();
    await this.#exportAs(kind, objects);
  }

  async #exportAs(kind: FileKind, objects: Targets): Promise<void> {
    let placed = false;
    const again = this.#onThisDocument(() => this.#exportAs(kind, this.#asNow(objects)));
    const work = async (signal: AbortSignal, progress: (fraction: number) => void) => {
      placed = await exportObjects(this.#source(), objects, kind, signal, progress);
    };
    const done = await this.run("Writing the file", work, again);
    if (done && placed) this.tell({ tone: "success", text: saved(kind, objects) });
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
