import { box, point, type SoftMask } from "@masksmith/core";
import type { HostEvents } from "../panel/host.js";
import { NOTHING } from "./coverage.js";
import { activeDocument } from "./describe.js";
import type { Environment } from "./environment.js";
import { type ChangeScope, changeDocument, type OwnWork } from "./modal.js";
import type { Descriptor, PsDocument, PsPoint } from "./photoshop.js";
import { readSelection } from "./pixels.js";
import { putSelection } from "./put.js";

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

/** The same act is often told twice, by its command and by its change. */
const TWICE_MS = 350;
const SETTLE_MS = 100;

type Emit = <K extends "selectionDrawn" | "pointPlaced">(event: K, value: HostEvents[K]) => void;

/** What the user does on Photoshop's own canvas, as prompts. */
export class CanvasPrompts {
  settings: CanvasSettings = CANVAS_DEFAULTS;
  readonly #env: Environment;
  readonly #own: OwnWork;
  readonly #emit: Emit;
  readonly #points = new Map<string, ReadonlySet<string>>();
  #before: { readonly document: number; readonly selection: SoftMask | null } | null = null;
  #last = { signature: "", at: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: Environment, own: OwnWork, emit: Emit) {
    this.#env = env;
    this.#own = own;
    this.#emit = emit;
  }

  /** The selection and the points as they are now are not prompts: another document, or our own work on this one. */
  async remember(): Promise<void> {
    const document = activeDocument(this.#env);
    if (!document) return;
    for (const kind of ["count", "sampler"] as const) {
      this.#points.set(`${kind}/${document.id}`, new Set(pointsOf(document, kind).map(keyOf)));
    }
    if (!this.settings.marquee) return;
    const selection = await readSelection(this.#env, document).catch(() => null);
    this.#before = { document: document.id, selection };
  }

  /** One of `CANVAS_EVENTS`. True if it changed only the selection. */
  heard(event: string, descriptor: Descriptor): boolean {
    const reference = targetOf(descriptor);
    if (event.startsWith("count") || reference?._ref === "colorSampler") {
      this.#soon();
      return false;
    }
    if (!isSelection(reference)) return false;
    if (this.#own.isOurs) return true;
    if (this.settings.marquee && !this.#isSecond(event, descriptor)) void this.#drawn(descriptor);
    return true;
  }

  #isSecond(event: string, descriptor: Descriptor): boolean {
    const signature = `${event === "interfaceWhite" ? "intersectWith" : event} ${JSON.stringify(descriptor.to ?? null)}`;
    const now = Date.now();
    const twice = this.#last.signature === signature && now - this.#last.at < TWICE_MS;
    this.#last = { signature, at: now };
    return twice;
  }

  async #drawn(descriptor: Descriptor): Promise<void> {
    const document = activeDocument(this.#env);
    const drawn = boundsOf(descriptor.to);
    if (!document || !drawn) {
      await this.remember();
      return;
    }
    const { left, top, right, bottom } = clipped(drawn, document);
    if (right - left < 1 || bottom - top < 1) return;
    this.#emit("selectionDrawn", box("document", left, top, right, bottom));
    if (this.settings.restore) await this.#restore(document);
  }

  async #restore(document: PsDocument): Promise<void> {
    const selection = this.#before?.document === document.id ? this.#before.selection : null;
    const put = (scope: ChangeScope) => putSelection(this.#env, document, selection ?? NOTHING, scope);
    try {
      await this.#own.during(() => changeDocument(this.#env, document, "Restore selection", undefined, put));
    } catch {
      // Photoshop stayed busy: the drawn selection stays, which the user sees and can undo.
    }
  }

  /** Points are read where they are, not from the notice, whose form differs between versions. */
  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const document = activeDocument(this.#env);
      if (!document) return;
      this.#compare(document, "count", this.settings.counts);
      this.#compare(document, "sampler", this.settings.samplers);
    }, SETTLE_MS);
  }

  #compare(document: PsDocument, kind: "count" | "sampler", wanted: boolean): void {
    const key = `${kind}/${document.id}`;
    const known = this.#points.get(key) ?? new Set<string>();
    const points = pointsOf(document, kind);
    this.#points.set(key, new Set(points.map(keyOf)));
    if (!wanted) return;
    for (const placed of points) {
      const { x, y, foreground } = placed;
      const inside = x >= 0 && y >= 0 && x < document.width && y < document.height;
      if (inside && !known.has(keyOf(placed))) {
        this.#emit("pointPlaced", { point: point("document", x, y), foreground });
      }
    }
  }
}

interface Placed extends PsPoint {
  readonly foreground: boolean;
}

/** The first count group marks the object, any other what is not the object. */
function pointsOf(document: PsDocument, kind: "count" | "sampler"): Placed[] {
  try {
    if (kind === "sampler") {
      return Array.from(document.colorSamplers ?? [], ({ position: { x, y } }) => ({ x, y, foreground: true }));
    }
    const items = document.countItems?.getAll() ?? [];
    const first = Math.min(...items.map(({ groupIndex }) => groupIndex));
    return items.map(({ groupIndex, position: { x, y } }) => ({ x, y, foreground: groupIndex === first }));
  } catch {
    return [];
  }
}

function keyOf({ x, y, foreground }: Placed): string {
  return `${foreground ? "+" : "-"}${Math.round(x * 4)},${Math.round(y * 4)}`;
}

type Reference = Readonly<Record<string, unknown>>;

/** A notice names its target in `_target`, or under the key "null". */
function targetOf(descriptor: Descriptor): Reference | null {
  const target = descriptor._target ?? descriptor.null;
  const first: unknown = Array.isArray(target) ? target[0] : target;
  return typeof first === "object" && first !== null ? (first as Reference) : null;
}

function isSelection(reference: Reference | null): boolean {
  const property = reference?._property;
  const name = typeof property === "object" && property !== null ? (property as Reference)._value : property;
  return reference?._ref === "channel" && name === "selection";
}

interface Drawn {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The bounds of what was drawn: it exists only here, for Photoshop has combined it with the selection already. */
function boundsOf(to: unknown): Drawn | null {
  if (typeof to !== "object" || to === null) return null;
  const shape = to as Reference;
  const sides = ["left", "top", "right", "bottom"].map((side) => numberOf(shape[side]));
  if (sides.every(Number.isFinite)) return { left: sides[0], top: sides[1], right: sides[2], bottom: sides[3] };
  const points = shape.points as Reference | undefined;
  const x = listOf(points?.horizontal);
  const y = listOf(points?.vertical);
  if (x.length < 3 || y.length !== x.length) return null;
  return { left: Math.min(...x), top: Math.min(...y), right: Math.max(...x), bottom: Math.max(...y) };
}

function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "object" || value === null) return Number.NaN;
  const { _unit, _value } = value as Reference;
  return _unit === "percentUnit" ? Number.NaN : Number(_value);
}

function listOf(value: unknown): number[] {
  const list = (value as Reference | undefined)?.list;
  return Array.isArray(list) && list.every((one) => Number.isFinite(one)) ? (list as number[]) : [];
}

function clipped({ left, top, right, bottom }: Drawn, { width, height }: PsDocument): Drawn {
  return {
    left: Math.max(Math.min(left, right), 0),
    top: Math.max(Math.min(top, bottom), 0),
    right: Math.min(Math.max(left, right), width),
    bottom: Math.min(Math.max(top, bottom), height),
  };
}
