import { decodeRle, rleToCoco } from "../mask/index.js";
import type { Rle } from "../types.js";
import type { AutoOutputMode } from "./options.js";

/** A mask as the official generator writes it in each output mode. */
export interface AutoSegmentation {
  /** One byte a pixel, row by row, 1 for the object. */
  readonly binary_mask: Uint8Array;
  readonly uncompressed_rle: { readonly size: readonly [height: number, width: number]; readonly counts: number[] };
  readonly coco_rle: { readonly size: readonly [height: number, width: number]; readonly counts: string };
}

/** Official: `output_mode`. Here masks stay run lengths until somebody wants another form. */
export function segmentationOf<M extends AutoOutputMode>(mask: Rle, mode: M): AutoSegmentation[M] {
  const forms: { readonly [N in AutoOutputMode]: () => AutoSegmentation[N] } = {
    binary_mask: () => decodeRle(mask),
    uncompressed_rle: () => ({ size: mask.size, counts: Array.from(mask.counts) }),
    coco_rle: () => rleToCoco(mask),
  };
  return forms[mode]();
}
