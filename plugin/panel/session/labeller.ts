import { MasksmithError } from "@masksmith/core";
import type { Host } from "../host.js";
import { cocoFile, type FileItem, type FilePicture, sa1bFile } from "../outputs/index.js";
import { type Stage, Store } from "../state/index.js";
import { recordsFromJson, recordsToJson } from "./storedMasks.js";

/** Progress through a folder of pictures. */
export interface Labelling {
  readonly names: readonly string[];
  /** Place of the open picture; -1 before the first. */
  readonly at: number;
  /** Pictures done, by place. */
  readonly done: ReadonlyMap<number, LabelledPicture>;
  /** Pictures of other folders, or of before a reload, that no file has yet. */
  readonly earlier: readonly LabelledPicture[];
}

export interface LabelledPicture {
  readonly picture: FilePicture;
  readonly items: readonly FileItem[];
  /** Time the picture took, seconds. */
  readonly seconds: number;
}

const NOTHING: Labelling = { names: [], at: -1, done: new Map(), earlier: [] };
const KEY = "labels";

/** Pauses longer than this are not counted as work on a mask, seconds. */
const LONGEST_PAUSE = 60;

/**
 * The data engine's two human stages over the pictures of a folder: masks made by hand with prompts, or what automatic
 * masks have left out. Keeps the records; the panel keeps the prompts.
 */
export class Labeller {
  readonly state = new Store<Labelling>(NOTHING);
  readonly #host: Host;
  readonly #collect: () => Promise<{ picture: FilePicture; items: readonly FileItem[] } | null>;
  /** Place of a picture that could not be opened: what is open is another one. */
  #unreadable = -1;
  #since = 0;
  #last = 0;
  #spent = 0;

  constructor(host: Host, collect: () => Promise<{ picture: FilePicture; items: readonly FileItem[] } | null>) {
    this.#host = host;
    this.#collect = collect;
  }

  /** Takes up records that were not saved before a reload. */
  async load(): Promise<void> {
    this.state.update({ earlier: recordsFromJson(await this.#host.readSetting(KEY)) });
  }

  get available(): boolean {
    return this.#host.folder !== undefined;
  }

  /** Seconds worked since the last call, pauses left out. */
  takeSeconds(): number {
    this.touch();
    const seconds = this.#spent;
    this.#spent = 0;
    return seconds;
  }

  /** The user did something. */
  touch(now = performance.now()): void {
    if (this.#last > 0) this.#spent += Math.min((now - this.#last) / 1000, LONGEST_PAUSE);
    this.#last = now;
  }

  async choose(): Promise<void> {
    const names = await this.#host.folder?.choose();
    if (!names || names.length === 0) return;
    await this.record();
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
  async step(by: 1 | -1): Promise<boolean> {
    const { names, at } = this.state.value;
    if (names.length === 0) return false;
    await this.record();
    const next = at + by;
    if (next < 0 || next >= names.length) return false;
    await this.goTo(next);
    return true;
  }

  async goTo(index: number): Promise<void> {
    try {
      await this.#host.folder?.open(index);
      this.#unreadable = -1;
    } catch (error) {
      // The next step goes past it; a picture that the user did not let go stays where it is.
      if (error instanceof MasksmithError && error.kind === "aborted") throw error;
      this.#unreadable = index;
      this.state.update({ at: index });
      throw error;
    }
    this.state.update({ at: index });
    this.#since = performance.now();
    this.takeSeconds();
  }

  /** Takes the open picture's masks into the records. */
  async record(): Promise<void> {
    const { at, done } = this.state.value;
    const collected = at >= 0 && at !== this.#unreadable ? await this.#collect() : null;
    if (!collected) return;
    const seconds = (performance.now() - this.#since) / 1000 + (done.get(at)?.seconds ?? 0);
    this.#since = performance.now();
    this.state.update({ done: new Map(done).set(at, { ...collected, seconds }) });
    this.#keep();
  }

  /** One SA-1B record a picture, or all in one COCO file. */
  async save(format: "sa-1b" | "coco"): Promise<number> {
    await this.record();
    const pictures = allRecords(this.state.value).filter(({ items }) => items.length > 0);
    if (pictures.length === 0) return 0;
    const saved = await this.#write(format, pictures);
    if (saved === pictures.length) await this.#host.writeSetting(KEY, []);
    return saved;
  }

  async #write(format: "sa-1b" | "coco", pictures: readonly LabelledPicture[]): Promise<number> {
    if (format === "coco") return (await this.#host.saveFile(cocoFile(pictures))) ? pictures.length : 0;
    let saved = 0;
    for (const { picture, items } of pictures) if (await this.#host.saveFile(sa1bFile(picture, items))) saved++;
    return saved;
  }

  #keep(): void {
    void this.#host.writeSetting(KEY, recordsToJson(allRecords(this.state.value)));
  }
}

export function allRecords({ earlier, done }: Labelling): LabelledPicture[] {
  return [...earlier, ...done.values()];
}

/** Who made a mask that a person prompted: alone, or beside automatic masks shown first. */
export function stageOf(prefilled: boolean): Stage {
  return prefilled ? "semi-automatic" : "assisted-manual";
}
