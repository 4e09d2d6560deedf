import type { ObjectMask } from "../../types.js";
import { labelMap } from "./labels.js";

/** Side of the map on which neighbours are looked for: finer contacts than 1/256 of the picture are not seen anyway. */
const MAP_SIDE = 256;
/** Masks with up to this many map pixels between them count as neighbours. */
const GAP = 2;

/**
 * For each mask the masks whose colours stand next to its own: parent and children, and those that touch it, or nearly,
 * where both are visible. Ascending indices; symmetric.
 */
export function neighboursOf(
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
  parents: Int32Array,
): number[][] {
  const found = masks.map(() => new Set<number>());
  const connect = (a: number, b: number) => {
    if (a < 0 || b < 0 || a === b) return;
    found[a].add(b);
    found[b].add(a);
  };
  for (const [child, parent] of parents.entries()) connect(child, parent);
  const { width, height, data } = labelMap(masks, canvas, { maxSide: MAP_SIDE });
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const own = data[i];
      if (own === 0) continue;
      for (let step = 1; step <= GAP + 1; step++) {
        if (x + step < width && data[i + step] !== own) connect(own - 1, data[i + step] - 1);
        if (y + step < height && data[i + step * width] !== own) connect(own - 1, data[i + step * width] - 1);
      }
    }
  }
  return found.map((set) => [...set].sort((a, b) => a - b));
}
