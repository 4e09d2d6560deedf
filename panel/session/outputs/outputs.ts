import type { Raster, SoftMask } from "@masksmith/core";
import type { Host, Output } from "../../host.js";
import type { FileKind } from "../../outputs/index.js";
import type { Store } from "../../state/index.js";
import type { DocumentReader, WorkChange, WorkKeeper } from "../document/index.js";
import { chosenObjects, type Objects, visibleObjects } from "../objects/index.js";
import type { Proposer } from "../proposals/index.js";
import type { Refiner } from "../refining/index.js";
import type { Notice, Reporter } from "../reporter.js";
import type { Settings } from "../settings.js";
import { applyObjects, outputOf } from "./applyObjects.js";
import { exportObjects } from "./exportObjects.js";
import { appliedMessage, namesOf, savedMessage } from "./outputMessages.js";
import type { OutputSource, Target } from "./outputSource.js";

export interface OutputsNeeds {
  readonly host: Host;
  readonly reporter: Reporter;
  readonly document: Pick<DocumentReader, "current">;
  readonly work: WorkKeeper;
  readonly settings: Pick<Store<Settings>, "value">;
  readonly objects: Pick<Objects, "startNew">;
  readonly proposals: Pick<Proposer, "keptAsObjects">;
  readonly refining: Pick<Refiner, "final">;
  readonly pixels: { decontaminate(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster> };
  /** Ids of the objects just applied: not painted over their own result, until they are worked on again. */
  readonly applied: Store<ReadonlySet<string>>;
}

/** What the user does with the results: into the document, into files. */
export class Outputs {
  readonly #needs: OutputsNeeds;

  constructor(needs: OutputsNeeds) {
    this.#needs = needs;
  }

  get applied(): Pick<Store<ReadonlySet<string>>, "value" | "subscribe"> {
    return this.#needs.applied;
  }

  /** Objects that are worked on again are no longer just applied. */
  workChanged({ now, before }: WorkChange): void {
    if (now.active !== null || now.proposals !== before.proposals) this.#needs.applied.set(new Set());
  }

  /** What an output takes: all kept in the list of all objects, all visible for a group, else the active object. */
  targets(): readonly Target[] {
    const { settings, proposals, work } = this.#needs;
    const { mode, output } = settings.value;
    if (mode === "objects") return proposals.keptAsObjects();
    return output === "group" ? visibleObjects(work.now) : chosenObjects(work.now);
  }

  /** Applies the targets as the settings say. */
  async apply(): Promise<void> {
    const { host, settings } = this.#needs;
    const { output, selectionMode } = settings.value;
    const wanted = outputOf(output, selectionMode, host.decontaminate === true && this.#decontaminates());
    await this.#applyAs(wanted, this.targets());
  }

  async exportAs(kind: FileKind): Promise<void> {
    const { settings, work } = this.#needs;
    const own = kind === "cut-out" ? chosenObjects(work.now) : visibleObjects(work.now);
    await this.#exportAs(kind, settings.value.mode === "objects" ? this.targets() : own);
  }

  /** The object's own colours at its rim, in the raster of its bounds. */
  decontaminate(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster> {
    return this.#needs.pixels.decontaminate(raster, soft, signal);
  }

  async #applyAs(output: Output, objects: readonly Target[]): Promise<void> {
    const { reporter, applied, objects: list } = this.#needs;
    const again = this.#onThisDocument(() => this.#applyAs(output, this.#asNow(objects)));
    const work = (signal: AbortSignal, progress: (fraction: number) => void) =>
      applyObjects(this.#source(), objects, output, signal, progress);
    if (!(await reporter.run({ doing: "Applying", failed: "Couldn't apply" }, work, again))) return;
    applied.set(new Set(objects.map(({ id }) => id)));
    list.startNew();
    reporter.tell(await this.#outcome(output, objects));
  }

  async #exportAs(kind: FileKind, objects: readonly Target[]): Promise<void> {
    const { reporter } = this.#needs;
    let placed = false;
    const again = this.#onThisDocument(() => this.#exportAs(kind, this.#asNow(objects)));
    const work = async (signal: AbortSignal, progress: (fraction: number) => void) => {
      placed = await exportObjects(this.#source(), objects, kind, signal, progress);
    };
    const done = await reporter.run({ doing: "Writing the file", failed: "Couldn't write the file" }, work, again);
    if (done && placed) reporter.tell({ tone: "success", text: savedMessage(kind, objects) });
  }

  /** What has become of the objects; taking away may leave nothing. */
  async #outcome(output: Output, objects: readonly Target[]): Promise<Notice> {
    const made: Notice = { tone: "success", text: appliedMessage(output.kind, objects) };
    if (output.kind !== "selection" || output.mode === "replace" || output.mode === "add") return made;
    const selection = await this.#needs.host.selection().catch(() => undefined);
    const isLeft = selection === undefined || selection?.data.some((value) => value > 0);
    const how = output.mode === "subtract" ? "covers the whole selection" : "does not overlap the selection";
    return isLeft ? made : { tone: "info", text: `Nothing remains selected: ${namesOf(objects)} ${how}.` };
  }

  /** The same act once more, unless another document has been opened since. */
  #onThisDocument(act: () => Promise<void>): () => void {
    const { document, reporter } = this.#needs;
    const id = document.current?.id;
    return () => {
      if (document.current?.id === id) void act();
      else reporter.tell({ tone: "info", text: "A different document is open; nothing changed." });
    };
  }

  /** The same objects with what has been done to them since. */
  #asNow(objects: readonly Target[]): readonly Target[] {
    const now = new Map(this.#needs.work.now.objects.map((object) => [object.id, object]));
    return objects.map((object) => now.get(object.id) ?? object);
  }

  #decontaminates(): boolean {
    const { edges, decontaminate } = this.#needs.settings.value;
    return decontaminate && edges !== "off";
  }

  #source(): OutputSource {
    const { host, document, refining, pixels } = this.#needs;
    return {
      host,
      document: () => document.current,
      soft: (object, signal) => refining.final(object, signal),
      ...(this.#decontaminates()
        ? { decontaminate: (raster, soft, signal) => pixels.decontaminate(raster, soft, signal) }
        : {}),
    };
  }
}
