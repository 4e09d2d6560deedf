import { MasksmithError } from "@masksmith/core";
import type { Host } from "../../host.js";
import { cocoFile, sa1bFile, sa1bZip } from "../../outputs/index.js";
import { Store } from "../../state/index.js";
import type { WorkClock } from "../document/index.js";
import { RecordStore } from "./recordStore.js";
import { type LabelledPicture, type MaskedPicture, pictureKey } from "./records.js";

/** Progress through a folder of pictures. */
export interface LabellingProgress {
  readonly names: readonly string[];
  /** Place of the open picture; -1 before the first. */
  readonly at: number;
  /** Pictures done, by place. */
  readonly done: ReadonlyMap<number, LabelledPicture>;
  /** Pictures of other folders, or of before a reload, that no file has yet. */
  readonly earlier: readonly LabelledPicture[];
}

/** How a long act is stopped and followed. */
export interface Course {
  readonly signal?: AbortSignal;
  readonly progress?: (fraction: number) => void;
}

/** Where records come from and go back to: the panel's work on the open picture. */
export interface RecordSource {
  /** Whether nothing is under way that a record would lack. */
  isReady(): boolean;
  /**
   * The open picture's masks; waits for those under way. Null if the picture could not be read.
   * @throws MasksmithError `state` if a mask does not come.
   */
  collect(course: Course): Promise<MaskedPicture | null>;
  /** Whether the open picture has been read, and with it what is kept of the work on it. */
  isRead(): boolean;
  /** The open picture has been recorded before: brings back what the work on it does not know any more. */
  restore(record: LabelledPicture): void;
}

export type RecordFormat = "sa-1b" | "coco";

const NOTHING: LabellingProgress = { names: [], at: -1, done: new Map(), earlier: [] };

/**
 * The data engine's two human stages over the pictures of a folder: masks made by hand with prompts, or what automatic
 * masks have left out. Keeps the records; the panel keeps the prompts.
 */
export class Labeller {
  readonly state = new Store<LabellingProgress>(NOTHING);
  readonly #host: Host;
  readonly #source: RecordSource;
  readonly #clock: Pick<WorkClock, "takePictureSeconds">;
  readonly #onUnstored: (record: LabelledPicture, error: unknown) => void;
  readonly #records: RecordStore;
  /** Whether the user has changed anything since the open picture's record was made. */
  #isOutdated = false;
  #isOpening = false;

  /** @param onUnstored a record could not be stored; it lives as long as the page. */
  constructor(
    host: Host,
    source: RecordSource,
    clock: Pick<WorkClock, "takePictureSeconds">,
    onUnstored: (record: LabelledPicture, error: unknown) => void,
  ) {
    this.#host = host;
    this.#source = source;
    this.#clock = clock;
    this.#onUnstored = onUnstored;
    this.#records = new RecordStore(host);
  }

  /** Takes up records that were not saved before a reload. */
  async load(): Promise<void> {
    this.state.update({ earlier: await this.#records.load() });
  }

  get available(): boolean {
    return this.#host.folder !== undefined;
  }

  /** Whether the open picture has masks on record. */
  get isRecorded(): boolean {
    const { at, done } = this.state.value;
    return (done.get(at)?.items.length ?? 0) > 0;
  }

  /** The user has changed what the open picture's record says. */
  outdate(): void {
    this.#isOutdated = true;
  }

  /** The open picture has been read: a record that it has brings back what the work does not know any more. */
  restore(): void {
    const { at, done } = this.state.value;
    const record = done.get(at);
    if (record && !this.#isOpening) this.#source.restore(record);
  }

  async choose(what: "pictures" | "folder", course: Course = {}): Promise<void> {
    const names = await this.#host.folder?.choose(what);
    if (!names || names.length === 0) return;
    await this.record(course);
    const known = allRecords(this.state.value);
    const isHere = ({ picture }: LabelledPicture) => names.includes(picture.name);
    this.state.set({
      names,
      at: -1,
      done: new Map(known.filter(isHere).map((made) => [names.indexOf(made.picture.name), made])),
      earlier: known.filter((made) => !isHere(made)),
    });
    await this.goTo(0);
  }

  /** Records the open picture and goes on; false at the end of the list. */
  async step(by: 1 | -1, course: Course = {}): Promise<boolean> {
    if (this.state.value.names.length === 0) return false;
    await this.record(course);
    const { names, at } = this.state.value;
    const next = at + by;
    if (next < 0 || next >= names.length) return false;
    await this.goTo(next);
    return true;
  }

  async goTo(index: number): Promise<void> {
    this.#isOpening = true;
    try {
      await this.#host.folder?.open(index);
    } catch (error) {
      // The next step goes past it; a picture that the user did not let go stays where it is.
      if (!(error instanceof MasksmithError && error.kind === "aborted")) this.state.update({ at: index });
      throw error;
    } finally {
      this.#isOpening = false;
    }
    this.state.update({ at: index });
    this.#isOutdated = false;
    if (this.#source.isRead()) this.restore();
  }

  /**
   * Takes the open picture's masks into the records. A record stays as it is where nothing was done since, and where the
   * user only passed by before there was anything to see.
   */
  async record(course: Course = {}, isPassing = true): Promise<void> {
    const { names, at, done } = this.state.value;
    if (at < 0) return;
    if (!this.#isOutdated && (done.has(at) || (isPassing && !this.#source.isReady()))) return;
    const collected = await this.#source.collect(course);
    // After a picture that could not be read, or one opened beside the folder, what is open is not what is named here.
    if (!collected || collected.picture.name !== names[at]) return;
    const seconds = this.#clock.takePictureSeconds() + (done.get(at)?.seconds ?? 0);
    await this.#add(at, { ...collected, seconds });
  }

  async #add(at: number, record: LabelledPicture): Promise<void> {
    const { done, earlier } = this.state.value;
    const before = done.get(at);
    const isOther = before && pictureKey(before) !== pictureKey(record);
    this.state.update({
      done: new Map(done).set(at, record),
      ...(isOther ? { earlier: [...earlier, before] } : {}),
    });
    this.#isOutdated = false;
    await this.#records.keep(record).catch((error) => this.#onUnstored(record, error));
  }

  /** One SA-1B record a picture, packed together where there are several, or all in one COCO file; how many pictures. */
  async save(format: RecordFormat, course: Course = {}): Promise<number> {
    await this.record(course, false);
    const open = this.state.value.at < 0 ? await this.#source.collect(course) : null;
    const records = allRecords(this.state.value);
    const others =
      open && open.items.length > 0 ? records.filter((made) => pictureKey(made) !== pictureKey(open)) : records;
    const pictures = [...others, ...(open ? [open] : [])].filter(({ items }) => items.length > 0);
    if (pictures.length === 0) return 0;
    if (!(await this.#host.saveFile(await fileOf(format, pictures, course)))) return 0;
    if (this.#host.confirmsSaves) await this.#records.delete(records);
    return pictures.length;
  }

  /** Forgets all records; gives what brings them back. */
  async clear(): Promise<() => Promise<void>> {
    const { done, earlier } = this.state.value;
    const records = allRecords(this.state.value);
    this.state.update({ done: new Map(), earlier: [] });
    await this.#records.delete(records);
    return async () => {
      const now = this.state.value;
      this.state.update({ done: new Map([...done, ...now.done]), earlier: [...earlier, ...now.earlier] });
      for (const record of records) await this.#records.keep(record).catch((error) => this.#onUnstored(record, error));
    };
  }
}

async function fileOf(format: RecordFormat, pictures: readonly MaskedPicture[], { signal, progress }: Course) {
  if (format === "coco") return cocoFile(pictures);
  const [only, more] = pictures;
  return more ? sa1bZip(pictures, progress, signal) : sa1bFile(only!.picture, only!.items);
}

export function allRecords({ earlier, done }: LabellingProgress): LabelledPicture[] {
  return [...earlier, ...done.values()];
}
