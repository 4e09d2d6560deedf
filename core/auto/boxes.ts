import { rleBox } from "../mask/index.js";
import type { Rle } from "../types.js";

/**
 * A mask's bounds as the official generator has them: the outermost foreground pixels, all four inclusive, in document
 * pixels; all zeros for an empty mask (`batched_mask_to_box`, utils/amg.py). One less wide and high than an `XywhBox`.
 */
export interface InclusiveBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function inclusiveBox(mask: Rle): InclusiveBox {
  const [x, y, width, height] = rleBox(mask);
  if (width === 0) return { left: 0, top: 0, right: 0, bottom: 0 };
  return { left: x, top: y, right: x + width - 1, bottom: y + height - 1 };
}
