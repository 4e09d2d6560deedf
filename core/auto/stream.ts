import type { ObjectMask } from "../types.js";
import { type PlacedMask, toObjectMask } from "./found.js";
import type { AutoSettings } from "./options.js";
import { withoutDuplicatesAcross } from "./suppress.js";

/**
 * What has changed among the masks known so far. `added` come biggest and surest first; `removed` are ids of masks that
 * better ones have suppressed since. All updates together give the final result.
 */
export interface MaskUpdate {
  readonly added: readonly ObjectMask[];
  readonly removed: readonly number[];
}

/** Keeps the result that the masks found so far would give, and tells of its changes. */
export class MaskStream {
  readonly #settings: AutoSettings;
  readonly #listener: ((update: MaskUpdate) => void) | undefined;
  readonly #finished: (readonly PlacedMask[])[] = [];
  #shown = new Map<number, PlacedMask>();

  constructor(settings: AutoSettings, listener: ((update: MaskUpdate) => void) | undefined) {
    this.#settings = settings;
    this.#listener = listener;
  }

  /** The masks known so far of the crop at work, without duplicates. */
  known(masks: () => readonly PlacedMask[]): void {
    if (!this.#listener) return;
    this.show(withoutDuplicatesAcross([...this.#finished, masks()], this.#settings));
  }

  /** A ranked list's masks known so far. */
  ranked(masks: () => readonly PlacedMask[]): void {
    if (this.#listener) this.show(masks());
  }

  /** A crop's masks, without duplicates. */
  finished(masks: readonly PlacedMask[]): void {
    this.#finished.push(masks);
  }

  /** What is to be shown from now on. */
  show(masks: readonly PlacedMask[]): void {
    if (!this.#listener) return;
    const wanted = new Map(masks.map((mask) => [mask.id, mask]));
    const gone = [...this.#shown.values()].filter((mask) => wanted.get(mask.id)?.mask !== mask.mask);
    const added = masks.filter((mask) => this.#shown.get(mask.id)?.mask !== mask.mask).map(toObjectMask);
    this.#shown = wanted;
    if (added.length === 0 && gone.length === 0) return;
    added.sort((a, b) => b.area * b.predictedIou - a.area * a.predictedIou || a.id - b.id);
    this.#listener({ added, removed: gone.map((mask) => mask.id) });
  }
}
