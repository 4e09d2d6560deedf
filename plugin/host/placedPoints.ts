import type { PsDocument, PsPoint } from "./photoshop.js";

export type PointKind = "count" | "sampler";

const KINDS: readonly PointKind[] = ["count", "sampler"];

export interface Placed extends PsPoint {
  /** The first count group marks the object, any other what is not the object. */
  readonly foreground: boolean;
}

interface Mark extends PsPoint {
  readonly group: number;
}

/** Count marks and colour samplers of each document, and which of them are new. */
export class PlacedPoints {
  readonly #known = new Map<string, ReadonlySet<string>>();
  /** Whether Photoshop counts groups from 0 is not documented; a group 0 settles it. Until then 1 may be the first. */
  #fromZero = false;

  /** The points there are now are old ones. */
  remember(document: PsDocument): void {
    for (const kind of KINDS) this.fresh(document, kind);
  }

  /** Points inside the canvas that were not there the last time; they are known from now on. */
  fresh(document: PsDocument, kind: PointKind): Placed[] {
    const key = `${kind}/${document.id}`;
    const known = this.#known.get(key) ?? new Set<string>();
    const marks = marksOf(document, kind);
    this.#known.set(key, new Set(marks.map(markKey)));
    this.#fromZero ||= kind === "count" && marks.some(({ group }) => group === 0);
    const { width, height } = document;
    return marks
      .filter((mark) => mark.x >= 0 && mark.y >= 0 && mark.x < width && mark.y < height && !known.has(markKey(mark)))
      .map(({ x, y, group }) => ({ x, y, foreground: kind === "sampler" || group === (this.#fromZero ? 0 : 1) }));
  }
}

function marksOf(document: PsDocument, kind: PointKind): Mark[] {
  try {
    if (kind === "sampler") {
      return Array.from(document.colorSamplers ?? [], ({ position: { x, y } }) => ({ x, y, group: 0 }));
    }
    const items = document.countItems?.getAll() ?? [];
    return items.map(({ groupIndex, position: { x, y } }) => ({ x, y, group: groupIndex }));
  } catch {
    return [];
  }
}

function markKey({ x, y, group }: Mark): string {
  return `${group} ${Math.round(x * 4)},${Math.round(y * 4)}`;
}
