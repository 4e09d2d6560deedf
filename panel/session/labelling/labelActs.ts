import { MasksmithError } from "@masksmith/core";
import { addObject, changeObject, setActive, type Work } from "../../state/index.js";
import { OutputActs } from "../outputs/outputActs.js";
import { fileItem } from "../outputs/outputs.js";
import { until } from "../until.js";
import { allRecords, type Collected, type Course, type LabelledPicture, type RecordFormat } from "./labeller.js";

/** How long a record waits for what is under way: a first encode and all objects on a slow machine. */
const PATIENCE_MS = 180_000;

/** What the user does to label pictures: goes through a folder, saves and clears the records. */
export abstract class LabelActs extends OutputActs {
  #isMoving = false;

  /** Asks for pictures, or for a folder of them, and opens the first. */
  choosePictures(what: "pictures" | "folder"): Promise<void> {
    return this.#moving("The pictures could not be opened", () => this.labeller.choose(what));
  }

  /** The next or previous picture of the folder; what the open one has is recorded. */
  stepPicture(by: 1 | -1): Promise<void> {
    if (this.labeller.state.value.names.length === 0 || this.busy.value) return Promise.resolve();
    return this.#moving("The next picture could not be opened", async () => {
      if (!(await this.#record())) return;
      const moved = await this.labeller.step(by);
      const { names, at } = this.labeller.state.value;
      if (moved) this.speak(`Picture ${at + 1} of ${names.length}: ${names[at]}`);
      else if (by > 0) this.tell({ tone: "info", text: "That was the last picture. Save the records below." });
    });
  }

  async saveRecords(format: RecordFormat): Promise<void> {
    let saved = 0;
    const done = await this.run("Writing the records", async (signal, progress) => {
      saved = await this.labeller.save(format, { signal, progress });
    });
    if (!done) return;
    if (saved === 0) this.tell({ tone: "info", text: "There is no mask to record yet." });
    else if (this.host.confirmsSaves || allRecords(this.labeller.state.value).length === 0)
      this.tell({ tone: "success", text: `${pictures(saved)} recorded.` });
    else
      this.tell({
        tone: "success",
        text: `${pictures(saved)} recorded. The records stay here too until you clear them.`,
        action: { label: "Clear records", run: () => void this.clearRecords() },
      });
  }

  /** Forgets the records of all pictures; can be taken back. */
  async clearRecords(): Promise<void> {
    const count = allRecords(this.labeller.state.value).length;
    try {
      const bringBack = await this.labeller.clear();
      const undo = () => void bringBack().then(() => this.tell({ tone: "info", text: "The records are back." }));
      this.tell({
        tone: "info",
        text: `The records of ${pictures(count)} are cleared.`,
        action: { label: "Bring back", run: undo },
      });
    } catch (error) {
      this.fail("The records could not be cleared", error);
    }
  }

  /** Whether nothing is under way that a record of the open picture would lack. */
  protected isReady(): boolean {
    const { phase } = this.picture.picture.value;
    if (phase !== "ready") return phase !== "reading";
    const isFinding = this.settings.settings.value.prefill && this.proposer.result.value.phase === "running";
    return !isFinding && this.refiner.idle;
  }

  /** The open picture's masks for its record: made by hand, and where labelling begins with automatic ones, those kept. */
  protected async collect({ signal, progress }: Course = {}): Promise<Collected | null> {
    const { document } = this;
    if (!document) return null;
    this.#countLast();
    await this.#settled(signal, progress);
    if (this.document?.id !== document.id || this.picture.picture.value.phase !== "ready") return null;
    const byHand = this.shown().map((object) => {
      const candidate = this.refiner.shown(object) ?? this.answers.answered(object)?.candidate;
      if (candidate) return fileItem(object, candidate);
      throw new MasksmithError("state", `${object.name} has no mask: try it again or remove it`);
    });
    const { prefill } = this.settings.settings.value;
    const automatic = prefill
      ? this.proposer.keptAsObjects().map((object) => fileItem(object, this.answers.answered(object)!.candidate))
      : [];
    return { picture: document, items: [...automatic, ...byHand] };
  }

  /** Recorded masks as objects, where the prompts or the automatic masks that they came from are not known any more. */
  protected takeUp({ items }: LabelledPicture): void {
    const { objects, proposals } = this.work.work;
    const knowsFound = proposals !== null && this.proposer.result.value.run === proposals.run;
    if (knowsFound || (objects.length > 0 && !proposals)) return;
    const missing = objects.length === 0 ? items : items.filter(({ stage }) => stage === "automatic");
    const { active } = this.work.work;
    this.work.amend((work) => setActive(missing.reduce(withRecorded, { ...work, proposals: null }), active));
  }

  protected onUnstored({ picture }: LabelledPicture, error: unknown): void {
    const reason = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    this.tell({
      tone: "failure",
      text:
        `The record of “${picture.name}” could not be stored: ${reason}. ` +
        "It is kept as long as this page is open: save the records before you close it.",
      action: { label: "Save COCO", run: () => void this.saveRecords("coco") },
    });
  }

  /** Time since the last prompt was spent on the last object: looking at it, choosing its answer, naming it. */
  #countLast(): void {
    const seconds = this.labeller.takeSeconds();
    const last = this.active ?? this.work.work.objects.findLast(({ stage }) => stage !== "automatic");
    if (!last || seconds === 0) return;
    this.work.amend((work) => changeObject(work, last.id, { seconds: last.seconds + seconds }));
  }

  async #settled(signal: AbortSignal | undefined, progress: Course["progress"]): Promise<void> {
    const { picture, answers, refiner, proposer } = this;
    const stop = proposer.result.subscribe(({ fraction }) => progress?.(fraction));
    const stores = [picture.picture, answers.answers, refiner.state, refiner.results, proposer.result];
    const isReady = await until(() => this.isReady(), stores, PATIENCE_MS, signal).finally(stop);
    if (!isReady) throw new MasksmithError("state", `the masks did not come within ${PATIENCE_MS / 60_000} minutes`);
  }

  #record(): Promise<boolean> {
    return this.run("Recording the picture", (signal, progress) => this.labeller.record({ signal, progress }));
  }

  /** One picture at a time: a second key while the first still works is not kept for later. */
  async #moving(failure: string, move: () => Promise<void>): Promise<void> {
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      await move();
    } catch (error) {
      this.fail(failure, error);
    } finally {
      this.#isMoving = false;
    }
  }
}

function withRecorded(work: Work, item: LabelledPicture["items"][number]): Work {
  const { mask, points, predictedIou, name, colour, stage, seconds } = item;
  const act = { kind: "given" as const, mask, points, predictedIou };
  return addObject(work, [{ act, choice: null }], { name, colour, stage, seconds });
}

function pictures(count: number): string {
  return count === 1 ? "1 picture" : `${count} pictures`;
}
