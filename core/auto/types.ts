import type { Rle, XywhBox } from "../mask/types.js";

/**
 * One row of automatic generation. All coordinates are document pixels.
 * Boxes have exclusive edges; the official generator's inclusive `bbox` is made only where an SA-1B record is written.
 */
export interface ObjectMask {
  /** Unique within one result. */
  readonly id: number;
  readonly mask: Rle;
  /** Foreground pixels. */
  readonly area: number;
  /** The mask's bounds; all zeros for an empty mask. */
  readonly bbox: XywhBox;
  /** The model's own estimate of the mask's IoU; may exceed 1 a little. */
  readonly predictedIou: number;
  /** IoU of the mask thresholded below and above its cutoff, 0..1. */
  readonly stabilityScore: number;
  /** The point that found it. */
  readonly point: { readonly x: number; readonly y: number };
  /** The crop it was found in; the whole document if none. */
  readonly cropBox: XywhBox;
}
