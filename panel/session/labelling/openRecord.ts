import { MasksmithError } from "@masksmith/core";
import { addObject, changeObject, type Store, setActive, type Work } from "../../state/index.js";
import type { Answering } from "../answering/index.js";
import type { DocumentReader, WorkClock, WorkKeeper } from "../document/index.js";
import { visibleObjects } from "../objects/index.js";
import { fileItem } from "../outputs/index.js";
import type { Proposer } from "../proposals/index.js";
import type { Refiner } from "../refining/index.js";
import type { Settings } from "../settings.js";
import type { Course, RecordSource } from "./labeller.js";
import type { LabelledPicture, MaskedPicture } from "./records.js";
import { waitUntil } from "./waitUntil.js";

/** How long a record waits for what is under way: a first encode and all objects on a slow machine. */
const PATIENCE_MS = 180_000;

export interface OpenRecordNeeds {
  readonly document: Pick<DocumentReader, "picture">;
  readonly work: WorkKeeper;
  readonly settings: Pick<Store<Settings>, "value">;
  readonly answering: Pick<Answering, "answers" | "answered">;
  readonly refining: Pick<Refiner, "state" | "results" | "idle" | "shown">;
  readonly proposals: Pick<Proposer, "result" | "keptAsObjects">;
  readonly clock: Pick<WorkClock, "takeSeconds">;
}

/** The open picture's masks as they go into its record, and back. */
export class OpenRecord implements RecordSource {
  readonly #needs: OpenRecordNeeds;

  constructor(needs: OpenRecordNeeds) {
    this.#needs = needs;
  }

  isReady(): boolean {
    const { document, settings, proposals, refining } = this.#needs;
    const { phase } = document.picture.value;
    if (phase !== "ready") return phase !== "reading";
    const isFinding = settings.value.prefill && proposals.result.value.phase === "running";
    return !isFinding && refining.idle;
  }

  isRead(): boolean {
    return this.#needs.document.picture.value.phase === "ready";
  }

  /** Masks made by hand, and where labelling begins with automatic ones, those kept. */
  async collect({ signal, progress }: Course): Promise<MaskedPicture | null> {
    const { document, work, settings, answering, refining, proposals } = this.#needs;
    const { document: open } = document.picture.value;
    if (!open) return null;
    this.#countLast();
    await this.#settled(signal, progress);
    if (document.picture.value.document?.id !== open.id || !this.isRead()) return null;
    const byHand = visibleObjects(work.now).map((object) => {
      const candidate = refining.shown(object) ?? answering.answered(object)?.candidate;
      if (candidate) return fileItem(object, candidate);
      throw new MasksmithError("state", `${object.name} has no mask; try again or delete it`);
    });
    const kept = settings.value.prefill ? proposals.keptAsObjects() : [];
    const automatic = kept.map((object) => fileItem(object, answering.answered(object)!.candidate));
    return { picture: open, items: [...automatic, ...byHand] };
  }

  /** Recorded masks as objects, where the prompts or the automatic masks that they came from are not known any more. */
  restore({ items }: LabelledPicture): void {
    const { work, proposals: proposer } = this.#needs;
    const { objects, proposals, active } = work.now;
    const knowsFound = proposals !== null && proposer.result.value.run === proposals.run;
    if (knowsFound || (objects.length > 0 && !proposals)) return;
    const missing = objects.length === 0 ? items : items.filter(({ stage }) => stage === "automatic");
    work.amend((now) => setActive(missing.reduce(withRecorded, { ...now, proposals: null }), active), "restore");
  }

  /** Time since the last prompt was spent on the last object: looking at it, choosing its answer, naming it. */
  #countLast(): void {
    const { work, clock } = this.#needs;
    const seconds = clock.takeSeconds();
    const last = work.active ?? work.now.objects.findLast(({ stage }) => stage !== "automatic");
    if (!last || seconds === 0) return;
    work.amend((now) => changeObject(now, last.id, { seconds: last.seconds + seconds }), "clock");
  }

  async #settled(signal: AbortSignal | undefined, progress: Course["progress"]): Promise<void> {
    const { document, answering, refining, proposals } = this.#needs;
    const stop = proposals.result.subscribe(({ fraction }) => progress?.(fraction));
    const stores = [document.picture, answering.answers, refining.state, refining.results, proposals.result];
    const isReady = await waitUntil(() => this.isReady(), stores, PATIENCE_MS, signal).finally(stop);
    if (!isReady) throw new MasksmithError("state", `the masks were not ready within ${PATIENCE_MS / 60_000} minutes`);
  }
}

function withRecorded(work: Work, item: LabelledPicture["items"][number]): Work {
  const { mask, points, predictedIou, name, colour, stage, seconds } = item;
  const act = { kind: "given" as const, mask, points, predictedIou };
  return addObject(work, [{ act, choice: null }], { name, colour, stage, seconds });
}
