import { messageOf } from "@masksmith/core";
import type { Host } from "../../host.js";
import type { Store } from "../../state/index.js";
import type { WorkChange, WorkClock } from "../document/index.js";
import type { Reporter } from "../reporter.js";
import { allRecords, Labeller, type LabellingProgress, type RecordFormat, type RecordSource } from "./labeller.js";
import type { LabelledPicture } from "./records.js";

export interface LabellingNeeds {
  readonly host: Host;
  readonly reporter: Reporter;
  readonly clock: WorkClock;
  /** The open picture's record. */
  readonly source: RecordSource;
}

/** Labelling as the user sees it: goes through a folder, saves and clears the records, and says what happened. */
export class Labelling {
  readonly #needs: LabellingNeeds;
  readonly #labeller: Labeller;
  #isMoving = false;

  constructor(needs: LabellingNeeds) {
    const { host, source, clock } = needs;
    this.#needs = needs;
    this.#labeller = new Labeller(host, source, clock, (record, error) => this.#tellUnstored(record, error));
  }

  get progress(): Store<LabellingProgress> {
    return this.#labeller.state;
  }

  get available(): boolean {
    return this.#labeller.available;
  }

  load(): Promise<void> {
    return this.#labeller.load();
  }

  /** Whether the open picture is one of the folder's and has no masks on record. */
  get isAtUnrecorded(): boolean {
    return this.progress.value.at >= 0 && !this.#labeller.isRecorded;
  }

  /** Another document is being opened. */
  documentChanged(): void {
    this.#needs.clock.stop();
  }

  /** The open picture can be worked on. */
  pictureRead(): void {
    this.#labeller.restore();
    this.#needs.clock.start();
  }

  /** A record says what the user left; what came back from storage is in it, and automatic masks that begin are no masks yet. */
  workChanged({ now, before, origin }: WorkChange): void {
    const isUsers = origin === "user" || origin === "undo" || origin === "redo";
    const isRecorded = now.objects !== before.objects || now.proposals !== before.proposals;
    if (isUsers && isRecorded) this.#labeller.outdate();
  }

  /** Whether automatic masks are part of the records. */
  prefillChanged(): void {
    this.#labeller.outdate();
  }

  /** Asks for pictures, or for a folder of them, and opens the first. */
  choosePictures(what: "pictures" | "folder"): Promise<void> {
    return this.#moving("Couldn't open the images", () => this.#labeller.choose(what));
  }

  /** The next or previous picture of the folder; what the open one has is recorded. */
  stepPicture(by: 1 | -1): Promise<void> {
    const { reporter } = this.#needs;
    if (this.progress.value.names.length === 0 || reporter.busy.value) return Promise.resolve();
    return this.#moving("Couldn't open the next image", async () => {
      if (!(await this.#record())) return;
      const moved = await this.#labeller.step(by);
      const { names, at } = this.progress.value;
      if (moved) reporter.speak(`Image ${at + 1} of ${names.length}: ${names[at]}`);
      else if (by > 0) reporter.tell({ tone: "info", text: "That was the last image. Save the records below." });
    });
  }

  async saveRecords(format: RecordFormat): Promise<void> {
    const { host, reporter } = this.#needs;
    let saved = 0;
    const done = await reporter.run(
      { doing: "Saving the records", failed: "Couldn't save the records" },
      async (signal, progress) => {
        saved = await this.#labeller.save(format, { signal, progress });
      },
    );
    if (!done) return;
    if (saved === 0) reporter.tell({ tone: "info", text: "There are no masks to save yet." });
    else if (host.confirmsSaves || allRecords(this.progress.value).length === 0)
      reporter.tell({ tone: "success", text: `Saved the records of ${images(saved)}.` });
    else
      reporter.tell({
        tone: "success",
        text: `Saved the records of ${images(saved)}. They also stay here until you clear them.`,
        action: { label: "Clear records", run: () => void this.clearRecords() },
      });
  }

  /** Forgets the records of all pictures; can be taken back. */
  async clearRecords(): Promise<void> {
    const { reporter } = this.#needs;
    const count = allRecords(this.progress.value).length;
    try {
      const bringBack = await this.#labeller.clear();
      const undo = () => void bringBack().then(() => reporter.tell({ tone: "info", text: "Records restored." }));
      reporter.tell({
        tone: "info",
        text: `Cleared the records of ${images(count)}.`,
        action: { label: "Restore", run: undo },
      });
    } catch (error) {
      reporter.fail("Couldn't clear the records", error);
    }
  }

  #tellUnstored({ picture }: LabelledPicture, error: unknown): void {
    const reason = messageOf(error).replace(/\.$/, "");
    this.#needs.reporter.tell({
      tone: "failure",
      text:
        `Couldn't store the record of “${picture.name}”: ${reason}. ` +
        "It stays here until you close this page; save the records before you do.",
      action: { label: "Save COCO", run: () => void this.saveRecords("coco") },
    });
  }

  #record(): Promise<boolean> {
    return this.#needs.reporter.run(
      { doing: "Recording the masks", failed: "Couldn't record the masks" },
      (signal, progress) => this.#labeller.record({ signal, progress }),
    );
  }

  /** One picture at a time: a second key while the first still works is not kept for later. */
  async #moving(failure: string, move: () => Promise<void>): Promise<void> {
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      await move();
    } catch (error) {
      this.#needs.reporter.fail(failure, error);
    } finally {
      this.#isMoving = false;
    }
  }
}

function images(count: number): string {
  return count === 1 ? "1 image" : `${count} images`;
}
