import type { Rle, SoftMask } from "@masksmith/core";

/**
 * A selection's coverage as a mask of the document: half or more is inside. Only the selection's own bounds are read; parts
 * outside the document are left out.
 */
export function selectionToRle(soft: SoftMask, document: { readonly width: number; readonly height: number }): Rle {
  const { height, width } = document;
  const [left, right] = [Math.max(0, soft.x), Math.min(width, soft.x + soft.width)];
  const [top, bottom] = [Math.max(0, soft.y), Math.min(height, soft.y + soft.height)];
  const counts: number[] = [];
  let end = 0;
  const add = (from: number, to: number) => {
    if (from === end && counts.length > 0) counts[counts.length - 1] += to - from;
    else counts.push(from - end, to - from);
    end = to;
  };
  for (let x = left; x < right; x++) {
    let start = -1;
    for (let y = top; y < bottom; y++) {
      const inside = soft.data[(y - soft.y) * soft.width + x - soft.x] >= 128;
      if (inside && start < 0) start = y;
      if (!inside && start >= 0) {
        add(x * height + start, x * height + y);
        start = -1;
      }
    }
    if (start >= 0) add(x * height + start, x * height + bottom);
  }
  if (end < width * height) counts.push(width * height - end);
  return { size: [height, width], counts: Uint32Array.from(counts) };
}
