import { type Host, type HostDocument, isSameCanvas } from "../../host.js";
import {
  amend,
  EMPTY_WORK,
  type History,
  joined,
  mapHistory,
  record,
  redo,
  Store,
  startHistory,
  undo,
  type Work,
  workFromJson,
  workToJson,
} from "../../state/index.js";
import { ofDocument, ofPicture, readStored, type StoredDocument, withPicture } from "./storedWorks.js";

const KEY = "work";
/** Where a host whose documents outlive the page says which session of its own their ids are of. */
const SESSION_KEY = "session";
/** Documents whose prompts are kept. */
const KEPT = 6;
/** Writes wait this long for more: a setting is small, but not free. */
const DELAY_MS = 150;

/** What is known of an open document beside the work itself. */
interface Origin {
  /** As `StoredDocument.pictures`. */
  readonly pictures: readonly string[];
  /** What the host keeps of it. */
  readonly stored: StoredDocument | null;
  /** Whether what was kept about it has been brought back. */
  readonly settled: boolean;
}

const UNREAD: Origin = { pictures: [], stored: null, settled: false };

/**
 * The work on the open document with its history, kept by the host: the panel may be reloaded at any time. Each document
 * keeps its own work while it is open; coming back to it brings the history too. A document opened anew has the work back
 * once its picture has been read and is the one that the work was about: names and sizes repeat. A document of another size is another
 * one: its pixels lie elsewhere. Undoing a crop brings the work back.
 */
export class WorkKeeper {
  readonly history = new Store<History<Work>>(startHistory(EMPTY_WORK));
  readonly #host: Host;
  readonly #open = new Map<string, { readonly history: History<Work>; readonly origin: Origin }>();
  #document: HostDocument | null = null;
  #origin = UNREAD;
  #session: string | null = null;
  #stored: readonly StoredDocument[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Live changes under way: what they are called, and the work before them. */
  #live: { readonly label: string; readonly before: Work } | null = null;

  constructor(host: Host) {
    this.#host = host;
    this.history.subscribe(() => this.#schedule());
  }

  get work(): Work {
    return this.history.value.present;
  }

  async load(): Promise<void> {
    const [stored, session] = await Promise.all([this.#host.readSetting(KEY), this.#host.readSetting(SESSION_KEY)]);
    this.#stored = readStored(stored);
    this.#session = typeof session === "string" ? session : null;
  }

  setDocument(document: HostDocument | null): void {
    if (isSameCanvas(document, this.#document)) {
      this.#document = document;
      return;
    }
    this.#endLive();
    this.flush();
    if (this.#document) this.#open.set(keyOf(this.#document), { history: this.history.value, origin: this.#origin });
    this.#document = document;
    const open = document && (this.#open.get(keyOf(document)) ?? this.#kept(document));
    this.#origin = open?.origin ?? UNREAD;
    this.history.set(open?.history ?? startHistory(EMPTY_WORK));
  }

  /** The open document's picture has been read: `picture` is its content hash. Brings back what is kept about it. */
  pictureRead(picture: string): void {
    const { pictures, stored, settled } = this.#origin;
    if (!this.#document || pictures.at(-1) === picture) return;
    const others = this.#stored.filter((other) => other !== stored);
    const found = settled ? null : ofPicture(others, this.#document, picture);
    this.#origin = {
      pictures: withPicture(found?.pictures ?? pictures, picture),
      stored: found ?? stored,
      settled: true,
    };
    this.#schedule();
    if (!found) return;
    this.#stored = others;
    this.#endLive();
    const before = workFromJson(found.work);
    this.history.set(mapHistory(this.history.value, (work) => joined(before, work)));
  }

  /** One act of the user: one step of undo. Ends live changes of the same name, and is one step with them. */
  act(label: string, change: (work: Work) => Work): void {
    if (this.#live?.label !== label) this.#endLive();
    const from = amend(this.history.value, this.#live?.before ?? this.work);
    this.#live = null;
    this.history.set(record(from, label, change(from.present)));
  }

  /** Shows a change of the work while the user still moves a control. The act that follows says where it came to rest. */
  live(label: string, change: (work: Work) => Work): void {
    if (this.#live?.label !== label) this.#endLive();
    this.#live ??= { label, before: this.work };
    this.history.set(amend(this.history.value, change(this.work)));
  }

  /** A change that is no act of its own. */
  amend(change: (work: Work) => Work): void {
    if (this.#live) this.#live = { ...this.#live, before: change(this.#live.before) };
    this.history.set(amend(this.history.value, change(this.work)));
  }

  undo(): void {
    this.#endLive();
    this.history.set(undo(this.history.value));
  }

  redo(): void {
    this.#endLive();
    this.history.set(redo(this.history.value));
  }

  /** Writes now what waits to be written. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { pictures, stored } = this.#origin;
    // Nothing is worth a place among the works kept.
    if (!this.#document || (stored === null && this.work === EMPTY_WORK)) return;
    const { id, name, width, height } = this.#document;
    const mine = { id, session: this.#session, name, width, height, pictures, work: workToJson(this.work) };
    this.#stored = [mine, ...this.#stored.filter((other) => other !== stored)].slice(0, KEPT);
    this.#origin = { ...this.#origin, stored: mine };
    void this.#host.writeSetting(KEY, this.#stored);
  }

  /** Live changes that no act has ended are a step as they stand. */
  #endLive(): void {
    const live = this.#live;
    this.#live = null;
    if (live) this.history.set(record(amend(this.history.value, live.before), live.label, this.work));
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  #kept(document: HostDocument): { history: History<Work>; origin: Origin } | null {
    const stored = ofDocument(this.#stored, document, this.#session);
    if (!stored) return null;
    const { pictures, work } = stored;
    return { history: startHistory(workFromJson(work)), origin: { pictures, stored, settled: true } };
  }
}

function keyOf({ id, width, height }: HostDocument): string {
  return `${id} ${width}x${height}`;
}
