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
}

/** A found mask with the crop it was found in. */
export interface PlacedMask extends FoundMask {
  readonly crop: Crop;
}

export function toObjectMask({ id, predictedIou, stabilityScore, box, point, mask, crop }: PlacedMask): ObjectMask {
  const bbox: XywhBox = [box.left, box.top, box.right - box.left + 1, box.bottom - box.top + 1];
  const cropBox: XywhBox = [crop.x0, crop.y0, crop.x1 - crop.x0, crop.y1 - crop.y0];
  let area = 0;
  for (let i = 1; i < mask.counts.length; i += 2) area += mask.counts[i];
  return { id, mask, area, bbox, predictedIou, stabilityScore, point, cropBox };
}
