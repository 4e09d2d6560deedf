import type { Host } from "../host.js";
import { cocoFile, type FileItem, type FilePicture, sa1bFile } from "../outputs/index.js";
import { type Stage, Store } from "../state/index.js";

/** Progress through a folder of pictures. */
export interface Labelling {
  readonly names: readonly string[];
  /** Place of the open picture; -1 before the first. */
  readonly at: number;
  /** Pictures done, by place. */
  readonly done: ReadonlyMap<number, LabelledPicture>;
}

export interface LabelledPicture {
  readonly picture: FilePicture;
  readonly items: readonly FileItem[];
  /** Time the picture took, seconds. */
  readonly seconds: number;
}

const NOTHING: Labelling = { names: [], at: -1, done: new Map() };

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
  #since = 0;
  #last = 0;
  #spent = 0;

  constructor(host: Host, collect: () => Promise<{ picture: FilePicture; items: readonly FileItem[] } | null>) {
    this.#host = host;
    this.#collect = collect;
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
    this.state.set({ names, at: -1, done: new Map() });
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
    await this.#host.folder?.open(index);
    this.state.update({ at: index });
    this.#since = performance.now();
    this.takeSeconds();
  }

  /** Takes the open picture's masks into the records. */
  async record(): Promise<void> {
    const { at, done } = this.state.value;
    const collected = at >= 0 ? await this.#collect() : null;
    if (!collected) return;
    const seconds = (performance.now() - this.#since) / 1000 + (done.get(at)?.seconds ?? 0);
    this.#since = performance.now();
    this.state.update({ done: new Map(done).set(at, { ...collected, seconds }) });
  }

  /** One SA-1B record a picture, or all in one COCO file. */
  async save(format: "sa-1b" | "coco"): Promise<number> {
    await this.record();
    const pictures = [...this.state.value.done.values()].filter(({ items }) => items.length > 0);
    if (pictures.length === 0) return 0;
    if (format === "coco") return (await this.#host.saveFile(cocoFile(pictures))) ? pictures.length : 0;
    let saved = 0;
    for (const { picture, items } of pictures) if (await this.#host.saveFile(sa1bFile(picture, items))) saved++;
    return saved;
  }
}

/** Who made a mask that a person prompted: alone, or beside automatic masks shown first. */
export function stageOf(prefilled: boolean): Stage {
  return prefilled ? "semi-automatic" : "assisted-manual";
}
