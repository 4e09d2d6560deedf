import type { InclusiveBox } from "./boxes.js";

/**
 * Non-maximum suppression (torchvision `nms`, which `batched_nms` is with one category): goes through the boxes by falling
 * score, at equal scores in the order given, and keeps each whose IoU with every box kept before is `threshold` or less.
 * As there, areas are width times height of the inclusive edges, computed in single precision; two boxes without area
 * never suppress each other.
 * @returns indices of the boxes kept, best first.
 */
export function nonMaximumSuppression(
  boxes: readonly InclusiveBox[],
  scores: ArrayLike<number>,
  threshold: number,
): number[] {
  const order = Array.from(boxes.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const kept: number[] = [];
  for (const candidate of order) {
    if (!kept.some((better) => boxIou(boxes[better], boxes[candidate]) > threshold)) kept.push(candidate);
  }
  return kept;
}

function boxIou(a: InclusiveBox, b: InclusiveBox): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const both = Math.fround(width * height);
  return Math.fround(both / Math.fround(Math.fround(area(a) + area(b)) - both));
}

function area({ left, top, right, bottom }: InclusiveBox): number {
  return Math.fround((right - left) * (bottom - top));
}
