import { rleArea, rleIou } from "../../mask/index.js";
import type { PlacedMask, RankedMask } from "../found.js";
import { objectScore } from "./score.js";

/** Of two masks with a greater IoU the one that ranks lower goes. */
const SAME_OBJECT = 0.7;
/** What a mask loses that lies within a mask before it: so the next thing comes before the tenth part of one. */
const PART_COST = 0.1;

/** The masks found so far, ranked by how likely a person sees an object in them. */
export class ObjectRanking {
  readonly #pixels: number;
  readonly #most: number;
  readonly #masks: RankedMask[] = [];
  readonly #shared = new Map<string, number>();

  /** @param pixels of the document. @param most masks of the list. */
  constructor(pixels: number, most: number) {
    this.#pixels = pixels;
    this.#most = most;
  }

  add(masks: readonly PlacedMask[]): void {
    for (const mask of masks) {
      const area = rleArea(mask.mask);
      const signs = { ...mask, specks: mask.specks ?? 0, share: area / this.#pixels };
      this.#masks.push({ ...mask, area, score: objectScore(signs) });
    }
  }

  /**
   * The list, best first, without near copies: one after the other the mask of the highest score, which falls with the share
   * of the mask that one mask before it holds. A beginning of the list is the list of fewer masks.
   */
  best(): RankedMask[] {
    let left: readonly RankedMask[] = this.#masks;
    const covered = new Map<number, number>();
    const value = (mask: RankedMask) => mask.score - PART_COST * (covered.get(mask.id) ?? 0);
    const list: RankedMask[] = [];
    while (list.length < this.#most && left.length > 0) {
      const next = left.reduce((a, b) => (value(b) > value(a) || (value(b) === value(a) && b.id < a.id) ? b : a));
      list.push({ ...next, score: value(next) });
      left = left.filter((mask) => {
        const shared = this.#sharedPixels(next, mask);
        if (mask === next || shared > SAME_OBJECT * (next.area + mask.area - shared)) return false;
        covered.set(mask.id, Math.max(covered.get(mask.id) ?? 0, shared / mask.area));
        return true;
      });
    }
    return list;
  }

  #sharedPixels(a: RankedMask, b: RankedMask): number {
    if (a.box.left > b.box.right || b.box.left > a.box.right) return 0;
    if (a.box.top > b.box.bottom || b.box.top > a.box.bottom) return 0;
    const key = a.id < b.id ? `${a.id} ${b.id}` : `${b.id} ${a.id}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const iou = rleIou(a.mask, b.mask);
    const shared = (iou / (1 + iou)) * (a.area + b.area);
    this.#shared.set(key, shared);
    return shared;
  }
}
