import type { Rle } from "../../types.js";

/**
 * Foreground runs as ends of intervals in column-major positions: run r covers ends[2r] <= position < ends[2r + 1].
 * Ascending, so that a run can be found by bisection instead of by summing all counts before it.
 */
export type RunEnds = Uint32Array;

export function runEnds({ counts }: Rle): RunEnds {
  const ends = new Uint32Array(counts.length & ~1);
  let position = counts[0];
  for (let i = 1; i < counts.length; i += 2) {
    ends[i - 1] = position;
    ends[i] = position + counts[i];
    position += counts[i] + (counts[i + 1] ?? 0);
  }
  return ends;
}

/** Index (even, into `ends`) of the first run that ends behind `position`; `ends.length` if there is none. */
export function firstRunAfter(ends: RunEnds, position: number): number {
  let low = 0;
  let high = ends.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle * 2 + 1] > position) high = middle;
    else low = middle + 1;
  }
  return low * 2;
}

/** Whether at least `needed` foreground pixels of `child`, which has `area` of them, lie in `parent`. */
export function coversAtLeast(parent: RunEnds, child: RunEnds, area: number, needed: number): boolean {
  if (child.length === 0) return needed <= 0;
  let p = firstRunAfter(parent, child[0]);
  let inside = 0;
  let missable = area - needed;
  for (let c = 0; c < child.length; c += 2) {
    const from = child[c];
    const to = child[c + 1];
    while (p < parent.length && parent[p + 1] <= from) p += 2;
    let covered = 0;
    for (let q = p; q < parent.length && parent[q] < to; q += 2) {
      covered += Math.min(to, parent[q + 1]) - Math.max(from, parent[q]);
    }
    inside += covered;
    missable -= to - from - covered;
    if (missable < 0) return false;
  }
  return inside >= needed;
}
