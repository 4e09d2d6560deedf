import { invalid } from "../errors.js";
import type { Rle } from "../types.js";
import { type ColumnPieces, columnPieces, RunWriter } from "./runs.js";
import { rleInvert } from "./setOperations.js";

/** Whether pixels that touch at a corner only belong together (8) or not (4). */
export type Connectivity = 4 | 8;

/** The connected parts of a mask, largest first (at equal area: the one further left first), each on the same canvas. */
export function connectedComponents(rle: Rle, connectivity: Connectivity = 8): Rle[] {
  const pieces = columnPieces(rle);
  const { labels, areas } = label(pieces, connectivity);
  const [height, width] = rle.size;
  const writers = areas.map(() => new RunWriter());
  for (let i = 0; i < pieces.count; i++) {
    const column = pieces.x[i] * height;
    writers[labels[i]].add(column + pieces.y0[i], column + pieces.y1[i]);
  }
  const order = areas.map((_, component) => component).sort((a, b) => areas[b] - areas[a]);
  return order.map((component) => writers[component].finish(height, width));
}

/**
 * Fills holes, or drops islands, of fewer than `areaThreshold` pixels (Segment Anything, `remove_small_regions`, utils/amg.py;
 * 8-connected in both modes, the outer background counts as a hole too). If all islands are small, the largest stays.
 */
export function removeSmallRegions(
  rle: Rle,
  areaThreshold: number,
  mode: "holes" | "islands",
): { readonly mask: Rle; readonly changed: boolean } {
  if (!(areaThreshold >= 0)) throw invalid("area threshold", "a number, 0 or more", areaThreshold);
  const pieces = columnPieces(mode === "holes" ? rleInvert(rle) : rle);
  const { labels, areas } = label(pieces, 8);
  const keep = areas.map((area) => area >= areaThreshold);
  if (!keep.includes(false)) return { mask: rle, changed: false };
  if (mode === "islands" && !keep.includes(true)) keep[largest(pieces, labels, areas)] = true;
  const [height, width] = rle.size;
  const runs = new RunWriter();
  for (let i = 0; i < pieces.count; i++) {
    if (!keep[labels[i]]) continue;
    const column = pieces.x[i] * height;
    runs.add(column + pieces.y0[i], column + pieces.y1[i]);
  }
  const kept = runs.finish(height, width);
  return { mask: mode === "holes" ? rleInvert(kept) : kept, changed: true };
}

/** The component of most pixels; at a tie the one that OpenCV labels first, which scans blocks of 2x2 row by row. */
function largest(pieces: ColumnPieces, labels: Int32Array, areas: readonly number[]): number {
  const most = areas.reduce((a, b) => Math.max(a, b));
  const columns = pieces.x1 + 1;
  let best = -1;
  let earliest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < pieces.count; i++) {
    const block = (pieces.y0[i] >> 1) * columns + (pieces.x[i] >> 1);
    if (areas[labels[i]] === most && block < earliest) {
      earliest = block;
      best = labels[i];
    }
  }
  return best;
}

/** Numbers connected pieces alike, from 0, in order of their first piece; gives each number's pixels. */
function label(pieces: ColumnPieces, connectivity: Connectivity): { labels: Int32Array; areas: number[] } {
  const parent = Int32Array.from({ length: pieces.count }, (_, i) => i);
  joinNeighbours(pieces, connectivity === 8 ? 1 : 0, parent);
  const labels = new Int32Array(pieces.count);
  const areas: number[] = [];
  for (let i = 0; i < pieces.count; i++) {
    const root = rootOf(parent, i);
    labels[i] = root === i ? areas.push(0) - 1 : labels[root];
    areas[labels[i]] += pieces.y1[i] - pieces.y0[i];
  }
  return { labels, areas };
}

/** Unites pieces of adjacent columns that overlap in rows, or come within `reach` rows of it. Roots are the lowest index. */
function joinNeighbours({ x0, x1, y0, y1, first }: ColumnPieces, reach: 0 | 1, parent: Int32Array): void {
  for (let c = 1; c < x1 - x0; c++) {
    const endA = first[c];
    const endB = first[c + 1];
    for (let a = first[c - 1], b = first[c]; a < endA && b < endB; ) {
      if (y0[a] < y1[b] + reach && y0[b] < y1[a] + reach) {
        const rootA = rootOf(parent, a);
        const rootB = rootOf(parent, b);
        parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
      }
      if (y1[a] < y1[b]) a++;
      else b++;
    }
  }
}

function rootOf(parent: Int32Array, i: number): number {
  let root = i;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]];
    root = parent[root];
  }
  return root;
}
