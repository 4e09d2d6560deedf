import { type Host, type HostDocument, isSameCanvas } from "../host.js";
import {
  amend,
  EMPTY_WORK,
  type History,
  record,
  redo,
  Store,
  type StoredWork,
  startHistory,
  undo,
  type Work,
  workFromJson,
  workToJson,
} from "../state/index.js";

const KEY = "work";
/** Documents whose prompts are kept. */
const KEPT = 6;
/** Writes wait this long for more: a setting is small, but not free. */
const DELAY_MS = 150;

interface StoredDocument {
  readonly id: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly work: StoredWork;
}

/**
 * The work on the open document with its history, kept by the host: the panel may be reloaded at any time. Each document
 * keeps its own work while it is open; coming back to it brings the history too. A document of another size is another one:
 * its pixels lie elsewhere. Undoing a crop brings the work back.
 */
export class WorkKeeper {
  readonly history = new Store<History<Work>>(startHistory(EMPTY_WORK));
  readonly #host: Host;
  readonly #open = new Map<string, History<Work>>();
  #document: HostDocument | null = null;
  #stored: readonly StoredDocument[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.history.subscribe(() => this.#schedule());
  }

  get work(): Work {
    return this.history.value.present;
  }

  async load(): Promise<void> {
    const stored = await this.#host.readSetting(KEY);
    this.#stored = Array.isArray(stored) ? (stored as StoredDocument[]) : [];
  }

  setDocument(document: HostDocument | null): void {
    if (isSameCanvas(document, this.#document)) {
      this.#document = document;
      return;
    }
    this.flush();
    if (this.#document) this.#open.set(keyOf(this.#document), this.history.value);
    this.#document = document;
    const open = document && this.#open.get(keyOf(document));
    this.history.set(open ?? startHistory(document ? this.#restored(document) : EMPTY_WORK));
  }

  /** One act of the user: one step of undo. */
  act(label: string, change: (work: Work) => Work): void {
    this.history.set(record(this.history.value, label, change(this.work)));
  }

  /** A change that is no act of its own. */
  amend(change: (work: Work) => Work): void {
    this.history.set(amend(this.history.value, change(this.work)));
  }

  undo(): void {
    this.history.set(undo(this.history.value));
  }

  redo(): void {
    this.history.set(redo(this.history.value));
  }

  /** Writes now what waits to be written. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#document) return;
    const { id, name, width, height } = this.#document;
    const others = this.#stored.filter((other) => !isSame(other, { id, name, width, height }));
    const mine = { id, name, width, height, work: workToJson(this.work) };
    this.#stored = [mine, ...others].slice(0, KEPT);
    void this.#host.writeSetting(KEY, this.#stored);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  #restored(document: HostDocument): Work {
    const found = this.#stored.find((other) => isSame(other, document));
    return found ? workFromJson(found.work) : EMPTY_WORK;
  }
}

function keyOf({ id, width, height }: HostDocument): string {
  return `${id} ${width}x${height}`;
}

/** After a reload a host may number its documents anew, so the name and size must agree; the id only breaks ties. */
function isSame(a: Omit<StoredDocument, "work"> | null, b: Omit<StoredDocument, "work">): boolean {
  return a?.name === b.name && a.width === b.width && a.height === b.height;
}
