import { rleArea } from "../mask/index.js";
import type { ObjectMask, Rle, XywhBox } from "../types.js";
import type { InclusiveBox } from "./boxes.js";
import type { Crop } from "./crops.js";

/** A mask that passed the filters of its own prompt; others may still suppress it. */
export interface FoundMask {
  /** Same for the same settings whenever and wherever it was found: counts crops, points and mask tokens through. */
  readonly id: number;
  readonly predictedIou: number;
  readonly stabilityScore: number;
  /** Document pixels. */
  readonly box: InclusiveBox;
  readonly point: { readonly x: number; readonly y: number };
  readonly mask: Rle;
  /** Of a ranked list's masks: specks before cleaning, see `countSpecks`. */
  readonly specks?: number;
}

/** A found mask with the crop it was found in. */
export interface PlacedMask extends FoundMask {
  readonly crop: Crop;
}

/** A mask of a ranked list. */
export interface RankedMask extends PlacedMask {
  /** Foreground pixels. */
  readonly area: number;
  /** See `objectScore`. */
  readonly score: number;
}

export function toObjectMask(found: PlacedMask | RankedMask): ObjectMask {
  const { id, predictedIou, stabilityScore, box, point, mask, crop } = found;
  const bbox: XywhBox = [box.left, box.top, box.right - box.left + 1, box.bottom - box.top + 1];
  const cropBox: XywhBox = [crop.x0, crop.y0, crop.x1 - crop.x0, crop.y1 - crop.y0];
  const score = "score" in found ? { score: found.score } : {};
  return { id, mask, area: rleArea(mask), bbox, predictedIou, stabilityScore, point, cropBox, ...score };
}
