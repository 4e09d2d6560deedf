import { box, emptySoft, point, type SoftMask } from "@masksmith/core";
import type { HostEvents } from "@masksmith/panel/host";
import { activeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import { type ChangeScope, changeDocument, type OwnWork } from "./modal.js";
import { clipped, drawnBounds, isSelection, signatureOf, targetOf } from "./notices.js";
import type { Descriptor, PsDocument } from "./photoshop.js";
import { readSelection } from "./pixels.js";
import { PlacedPoints, type PointKind } from "./placedPoints.js";
import { writeSelection } from "./writeMask.js";

export interface CanvasSettings {
  /** A marquee or lasso drawn on the canvas is a box prompt. */
  readonly marquee: boolean;
  /** The selection there was before comes back. */
  readonly restore: boolean;
  readonly counts: boolean;
  readonly samplers: boolean;
}

export const CANVAS_DEFAULTS: CanvasSettings = { marquee: false, restore: true, counts: true, samplers: false };

export const CANVAS_EVENTS = [
  "set",
  "addTo",
  "subtractFrom",
  "intersectWith",
  "interfaceWhite",
  "make",
  "delete",
  "countAdd",
  "countDelete",
  "countClear",
  "countAddGroup",
] as const;

/** The same act is often told twice, by its command and by its change, up to 350 ms apart. */
const TWICE_MS = 500;
/** A notice may come this long after what it tells of. */
const LATE_MS = 900;
const SETTLE_MS = 100;
/** From a change of the document until its selection is read: what draws a box tells of it by then. */
const REMEMBER_MS = 250;

type Emit = <K extends "selectionDrawn" | "pointPlaced">(event: K, value: HostEvents[K]) => void;

/** A document's selection in one of its history states. */
interface Remembered {
  readonly document: number;
  readonly history: number | undefined;
  /** Undefined if it could not be read. */
  readonly selection: SoftMask | null | undefined;
  readonly since: number;
}

/** What the user does on Photoshop's own canvas, as prompts. */
export class CanvasPrompts {
  settings: CanvasSettings = CANVAS_DEFAULTS;
  readonly #env: Environment;
  readonly #own: OwnWork;
  readonly #emit: Emit;
  readonly #onRestored: (documentId: number) => void;
  readonly #points = new PlacedPoints();
  /** The selection as it was read last, and for a while the one before: a box's notice may come after its selection was read. */
  #now: Remembered | null = null;
  #earlier: Remembered | null = null;
  #switchedAt = Number.NEGATIVE_INFINITY;
  /** The first history state since then that was not read. */
  #unread: number | undefined;
  /** Boxes drawn so far. */
  #boxes = 0;
  #looked = "";
  /** Document and history state whose selection is about to be read. */
  #awaited: string | null = null;
  #restoring = 0;
  #restored: Promise<unknown> = Promise.resolve();
  readonly #told = new Map<string, number>();
  #pointTimer: ReturnType<typeof setTimeout> | undefined;
  #selectionTimer: ReturnType<typeof setTimeout> | undefined;
  #earlierTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param onRestored told that the document's newest step brought a selection back. */
  constructor(env: Environment, own: OwnWork, emit: Emit, onRestored: (documentId: number) => void) {
    this.#env = env;
    this.#own = own;
    this.#emit = emit;
    this.#onRestored = onRestored;
  }

  /** The selection and the points as they are now are not prompts: another document, or our own work on this one. */
  async remember(): Promise<void> {
    const document = activeDocument(this.#env);
    if (!document) return;
    this.#points.remember(document);
    await this.#readSelection(document);
  }

  /** The document may have changed in whatever way, its selection too: by a command, by undoing. */
  changed(isSure = false): void {
    const document = activeDocument(this.#env);
    if (!this.settings.marquee || !document) return;
    const history = historyOf(document);
    const isRead = this.#now?.document === document.id && this.#now.history === history && history !== undefined;
    if (isRead && !isSure) return;
    if (!isRead) this.#unread ??= history;
    // One step is told of several times: only another puts the reading off.
    const awaited = `${document.id} ${history}`;
    if (this.#awaited === awaited) return;
    this.#stopWaiting();
    this.#awaited = awaited;
    this.#selectionTimer = setTimeout(() => void this.#settled(), REMEMBER_MS);
  }

  #stopWaiting(): void {
    clearTimeout(this.#selectionTimer);
    this.#awaited = null;
  }

  /** Looks whether anything has changed that nobody told of. */
  look(): void {
    if (!this.settings.marquee) return;
    const document = activeDocument(this.#env);
    const found = document ? `${document.id} ${historyOf(document)} ${boundsIn(document)}` : "";
    if (found === this.#looked) return;
    this.#looked = found;
    this.changed(true);
  }

  /** One of `CANVAS_EVENTS`. True if it changed only the selection. */
  heard(event: string, descriptor: Descriptor): boolean {
    const reference = targetOf(descriptor);
    if (event.startsWith("count") || reference?._ref === "colorSampler") {
      this.#soon();
      return false;
    }
    if (!isSelection(reference)) return false;
    if (!this.#isKnown(event, descriptor) && this.settings.marquee) void this.#drawn(event, descriptor);
    return true;
  }

  /** Whether it is our own doing, or told before: our own is told twice as well, at last when we no longer expect it. */
  #isKnown(event: string, descriptor: Descriptor): boolean {
    const now = Date.now();
    for (const [signature, at] of this.#told) if (now - at >= TWICE_MS) this.#told.delete(signature);
    const signature = signatureOf(event, descriptor);
    const { isOurs } = this.#own;
    const isTold = this.#told.has(signature);
    if (isOurs || !isTold) this.#told.set(signature, now);
    return isOurs || isTold;
  }

  async #settled(): Promise<void> {
    this.#awaited = null;
    if (this.#own.isOurs || this.#restoring > 0) return this.changed();
    const document = activeDocument(this.#env);
    if (document) await this.#readSelection(document);
  }

  async #readSelection(document: PsDocument): Promise<void> {
    if (!this.settings.marquee) return;
    this.#stopWaiting();
    const boxes = this.#boxes;
    const history = historyOf(document);
    const selection = await readSelection(this.#env, document).catch(() => undefined);
    const isSame = activeDocument(this.#env)?.id === document.id && historyOf(document) === history;
    if (isSame && boxes === this.#boxes) this.#keep({ document: document.id, history, selection, since: Date.now() });
    else this.changed();
  }

  #keep(next: Remembered): void {
    const now = this.#now;
    this.#unread = undefined;
    const isAgain = now?.document === next.document && now.history === next.history;
    this.#now = isAgain ? { ...next, since: now.since } : next;
    if (isAgain) return;
    if (now && now.document !== next.document) this.#switchedAt = Date.now();
    this.#earlier = now;
    clearTimeout(this.#earlierTimer);
    this.#earlierTimer = setTimeout(() => {
      this.#earlier = null;
    }, LATE_MS);
  }

  async #drawn(event: string, descriptor: Descriptor): Promise<void> {
    const document = activeDocument(this.#env);
    const drawn = document && drawnBounds(event, descriptor, document);
    const before = document && drawn && this.#beforeBox(document);
    if (!document || !drawn || !before) return this.changed();
    const { left, top, right, bottom } = clipped(drawn, document);
    if (right - left < 1 || bottom - top < 1) return this.changed();
    const isStale = this.#unread !== undefined && ![before.history, historyOf(document)].includes(this.#unread);
    this.#boxes++;
    this.#unread = undefined;
    this.#stopWaiting();
    this.#emit("selectionDrawn", box("document", left, top, right, bottom));
    if (this.settings.restore && before.selection !== undefined && !isStale) {
      await this.#restore(document, before.selection);
    }
    this.changed();
  }

  /** The selection as it was before a box was drawn on this document; null if the box is another document's. */
  #beforeBox(document: PsDocument): Remembered | null {
    const now = this.#now;
    if (now?.document !== document.id) return null;
    if (now.history === undefined || now.history !== historyOf(document)) return now;
    // Nothing has happened since the selection was read: either it is the drawn one, or the box was drawn elsewhere.
    const when = Date.now();
    if (this.#earlier?.document === document.id && when - now.since < LATE_MS) return this.#earlier;
    return when - this.#switchedAt < LATE_MS ? null : now;
  }

  /** One after the other: two boxes may be drawn while Photoshop is busy. */
  #restore(document: PsDocument, selection: SoftMask | null): Promise<void> {
    this.#restoring++;
    const done = this.#restored.then(async () => {
      // Not ours yet while Photoshop is busy: the user may draw another box meanwhile.
      let end: (() => void) | undefined;
      const put = (scope: ChangeScope) => {
        end = this.#own.begin();
        return writeSelection(this.#env, document, selection ?? emptySoft(), scope);
      };
      try {
        const isBack = this.#now?.selection === selection && this.#now.history === historyOf(document);
        if (isBack && this.#now?.history !== undefined) return;
        await changeDocument(this.#env, document, "Restore selection", undefined, put);
        this.#onRestored(document.id);
        this.#keep({ document: document.id, history: historyOf(document), selection, since: Date.now() });
      } catch {
        // Photoshop stayed busy: the drawn selection stays, which the user sees and can undo.
      } finally {
        end?.();
        this.#restoring--;
      }
    });
    this.#restored = done;
    return done;
  }

  /** Points are read where they are, not from the notice, whose form differs between versions. */
  #soon(): void {
    clearTimeout(this.#pointTimer);
    this.#pointTimer = setTimeout(() => {
      const document = activeDocument(this.#env);
      if (!document) return;
      this.#compare(document, "count", this.settings.counts);
      this.#compare(document, "sampler", this.settings.samplers);
    }, SETTLE_MS);
  }

  #compare(document: PsDocument, kind: PointKind, wanted: boolean): void {
    const placed = this.#points.fresh(document, kind);
    if (!wanted) return;
    for (const { x, y, foreground } of placed)
      this.#emit("pointPlaced", { point: point("document", x, y), foreground });
  }
}

/** Undefined where Photoshop does not tell, or the document has been closed. */
function historyOf(document: PsDocument): number | undefined {
  try {
    return document.activeHistoryState?.id;
  } catch {
    return undefined;
  }
}

function boundsIn(document: PsDocument): string {
  try {
    return JSON.stringify(document.selection.bounds);
  } catch {
    return "";
  }
}
