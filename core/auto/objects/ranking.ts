import { rleArea, rleIou } from "../../mask/index.js";
import type { PlacedMask, RankedMask } from "../found.js";
import { objectScore } from "./score.js";

/** Of two masks with a greater IoU the one that ranks lower goes. */
const SAME_OBJECT = 0.7;

/** The masks found so far, ranked by how likely a person sees an object in them. */
export class ObjectRanking {
  readonly #pixels: number;
  readonly #most: number;
  readonly #masks: RankedMask[] = [];
  readonly #ious = new Map<string, number>();

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

  /** The list, best first. A beginning of it is the list of fewer masks. */
  best(): RankedMask[] {
    const byScore = this.#masks.toSorted((a, b) => b.score - a.score || a.id - b.id);
    const kept: RankedMask[] = [];
    for (const mask of byScore) {
      if (kept.length === this.#most) break;
      if (!kept.some((better) => this.#iou(better, mask) > SAME_OBJECT)) kept.push(mask);
    }
    return kept;
  }

  #iou(a: RankedMask, b: RankedMask): number {
    if (Math.min(a.area, b.area) <= SAME_OBJECT * Math.max(a.area, b.area)) return 0;
    const key = `${a.id} ${b.id}`;
    const known = this.#ious.get(key);
    if (known !== undefined) return known;
    const iou = rleIou(a.mask, b.mask);
    this.#ious.set(key, iou);
    return iou;
  }
}
