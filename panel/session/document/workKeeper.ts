import { type Host, type HostDocument, isSameCanvas } from "../../host.js";
import {
  activeObject,
  amend,
  EMPTY_WORK,
  type History,
  joined,
  mapHistory,
  type PanelObject,
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

/**
 * Who or what changed the work. `restore`: what had been kept came back. `open`: another document is open. `automatic`: the
 * panel began something by itself. `clock`: time spent was counted.
 */
export type ChangeOrigin = "user" | "undo" | "redo" | "restore" | "open" | "automatic" | "clock";

/** A change of the work that is shown. */
export interface WorkChange {
  readonly now: Work;
  readonly before: Work;
  readonly origin: ChangeOrigin;
}

/** What is known of an open document beside the work itself. */
interface KnownDocument {
  /** As `StoredDocument.pictures`. */
  readonly pictures: readonly string[];
  /** What the host keeps of it. */
  readonly stored: StoredDocument | null;
  /** Whether what was kept about it has been brought back. */
  readonly settled: boolean;
}

const UNREAD: KnownDocument = { pictures: [], stored: null, settled: false };

/**
 * The work on the open document with its history, kept by the host: the panel may be reloaded at any time. Each document
 * keeps its own work while it is open; coming back to it brings the history too. A document opened again gets its work back
 * once its picture has been read and is the one that the work was about: names and sizes repeat. A document of another size is another
 * one: its pixels lie elsewhere. Undoing a crop brings the work back.
 */
export class WorkKeeper {
  readonly history = new Store<History<Work>>(startHistory(EMPTY_WORK));
  /** The last change, for who must know what brought it about. */
  readonly changed = new Store<WorkChange>({ now: EMPTY_WORK, before: EMPTY_WORK, origin: "open" });
  readonly #host: Pick<Host, "readSetting" | "writeSetting">;
  readonly #opened = new Map<string, { readonly history: History<Work>; readonly known: KnownDocument }>();
  #document: HostDocument | null = null;
  #known = UNREAD;
  #session: string | null = null;
  #stored: readonly StoredDocument[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Live changes under way: what they are called, and the work before them. */
  #live: { readonly label: string; readonly before: Work } | null = null;

  constructor(host: Pick<Host, "readSetting" | "writeSetting">) {
    this.#host = host;
    this.history.subscribe(() => this.#schedule());
  }

  get now(): Work {
    return this.history.value.present;
  }

  /** The object that the next prompt goes to. */
  get active(): PanelObject | null {
    return activeObject(this.now);
  }

  async load(): Promise<void> {
    const [stored, session] = await Promise.all([this.#host.readSetting(KEY), this.#host.readSetting(SESSION_KEY)]);
    this.#stored = readStored(stored);
    this.#session = typeof session === "string" ? session : null;
  }

  /** Shows the work on another document, or on none. */
  open(document: HostDocument | null): void {
    if (isSameCanvas(document, this.#document)) {
      this.#document = document;
      return;
    }
    this.#endLive();
    this.flush();
    if (this.#document)
      this.#opened.set(canvasKey(this.#document), { history: this.history.value, known: this.#known });
    this.#document = document;
    const open = document && (this.#opened.get(canvasKey(document)) ?? this.#kept(document));
    this.#known = open?.known ?? UNREAD;
    this.#set(open?.history ?? startHistory(EMPTY_WORK), "open");
  }

  /** The open document's picture has been read: `picture` is its content hash. Brings back what is kept about it. */
  pictureRead(picture: string): void {
    const { pictures, stored, settled } = this.#known;
    if (!this.#document || pictures.at(-1) === picture) return;
    const others = this.#stored.filter((other) => other !== stored);
    const found = settled ? null : ofPicture(others, this.#document, picture);
    this.#known = {
      pictures: withPicture(found?.pictures ?? pictures, picture),
      stored: found ?? stored,
      settled: true,
    };
    this.#schedule();
    if (!found) return;
    this.#stored = others;
    this.#endLive();
    const before = workFromJson(found.work);
    this.#set(
      mapHistory(this.history.value, (work) => joined(before, work)),
      "restore",
    );
  }

  /** One act of the user: one step of undo. Ends live changes of the same name, and is one step with them. */
  act(label: string, change: (work: Work) => Work, origin: "user" | "automatic" = "user"): void {
    if (this.#live?.label !== label) this.#endLive();
    const from = amend(this.history.value, this.#live?.before ?? this.now);
    this.#live = null;
    this.#set(record(from, label, change(from.present)), origin);
  }

  /** Shows a change of the work while the user still moves a control. The act that follows says where it came to rest. */
  live(label: string, change: (work: Work) => Work): void {
    if (this.#live?.label !== label) this.#endLive();
    this.#live ??= { label, before: this.now };
    this.#set(amend(this.history.value, change(this.now)), "user");
  }

  /** A change that is no step of undo. */
  amend(change: (work: Work) => Work, origin: "user" | "restore" | "clock" = "user"): void {
    if (this.#live) this.#live = { ...this.#live, before: change(this.#live.before) };
    this.#set(amend(this.history.value, change(this.now)), origin);
  }

  undo(): void {
    this.#endLive();
    this.#set(undo(this.history.value), "undo");
  }

  redo(): void {
    this.#endLive();
    this.#set(redo(this.history.value), "redo");
  }

  /** Writes now what waits to be written. */
  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { pictures, stored } = this.#known;
    // Nothing is worth a place among the works kept.
    if (!this.#document || (stored === null && this.now === EMPTY_WORK)) return;
    const { id, name, width, height } = this.#document;
    const mine = { id, session: this.#session, name, width, height, pictures, work: workToJson(this.now) };
    this.#stored = [mine, ...this.#stored.filter((other) => other !== stored)].slice(0, KEPT);
    this.#known = { ...this.#known, stored: mine };
    void this.#host.writeSetting(KEY, this.#stored);
  }

  /** Live changes that no act has ended are a step as they stand. */
  #endLive(): void {
    const live = this.#live;
    this.#live = null;
    if (live) this.history.set(record(amend(this.history.value, live.before), live.label, this.now));
  }

  #set(history: History<Work>, origin: ChangeOrigin): void {
    const before = this.now;
    this.history.set(history);
    const { now } = this;
    if (now !== before) this.changed.set({ now, before, origin });
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  #kept(document: HostDocument): { history: History<Work>; known: KnownDocument } | null {
    const stored = ofDocument(this.#stored, document, this.#session);
    if (!stored) return null;
    const { pictures, work } = stored;
    return { history: startHistory(workFromJson(work)), known: { pictures, stored, settled: true } };
  }
}

function canvasKey({ id, width, height }: HostDocument): string {
  return `${id} ${width}x${height}`;
}
