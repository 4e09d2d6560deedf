import type { ObjectMask } from "../../types.js";

/**
 * The masks' indices, largest first. Equal areas: by top edge, left edge, then run lengths, then predicted IoU (highest
 * first), then id. It depends on the masks alone, not on the order in which they were found.
 */
export function largestFirst(masks: readonly ObjectMask[]): Uint32Array {
  const order = Uint32Array.from(masks.keys());
  return order.sort((i, j) => compare(masks[i], masks[j]) || i - j);
}

function compare(a: ObjectMask, b: ObjectMask): number {
  return (
    b.area - a.area ||
    a.bbox[1] - b.bbox[1] ||
    a.bbox[0] - b.bbox[0] ||
    compareCounts(a.mask.counts, b.mask.counts) ||
    b.predictedIou - a.predictedIou ||
    a.id - b.id
  );
}

function compareCounts(a: Uint32Array, b: Uint32Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
