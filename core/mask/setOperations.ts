import { invalid } from "../errors.js";
import type { Rle } from "../types.js";
import { RunWriter } from "./runs.js";

/** Which of (neither, only b, only a, both) become foreground, as bits 0..3. */
type TruthTable = number;
const UNION: TruthTable = 0b1110;
const INTERSECTION: TruthTable = 0b1000;
const DIFFERENCE: TruthTable = 0b0100;

/** Pixels of either mask. @throws MasksmithError `input` if the sizes differ (so do all operations on two masks). */
export function rleUnion(a: Rle, b: Rle): Rle {
  return combine(a, b, UNION);
}

/** Pixels of both masks. */
export function rleIntersect(a: Rle, b: Rle): Rle {
  return combine(a, b, INTERSECTION);
}

/** Pixels of `a` that are not in `b`. */
export function rleSubtract(a: Rle, b: Rle): Rle {
  return combine(a, b, DIFFERENCE);
}

/** Foreground and background exchanged. */
export function rleInvert({ size, counts }: Rle): Rle {
  if (counts[0] === 0) return { size, counts: counts.slice(1) };
  const inverted = new Uint32Array(counts.length + 1);
  inverted.set(counts, 1);
  return { size, counts: inverted };
}

/** Intersection over union, 0..1; 0 if both masks are empty (pycocotools `iou` without crowds). */
export function rleIou(a: Rle, b: Rle): number {
  const { both, onlyA, onlyB } = overlap(a, b);
  const union = both + onlyA + onlyB;
  return union > 0 ? both / union : 0;
}

/** The share of `a` that lies in `b`, 0..1; 0 if `a` is empty. */
export function rleContainment(a: Rle, b: Rle): number {
  const { both, onlyA } = overlap(a, b);
  return both + onlyA > 0 ? both / (both + onlyA) : 0;
}

function combine(a: Rle, b: Rle, table: TruthTable): Rle {
  const runs = new RunWriter();
  walk(a, b, (start, end, inA, inB) => {
    if ((table >> (inA * 2 + inB)) & 1) runs.add(start, end);
  });
  return runs.finish(a.size[0], a.size[1]);
}

function overlap(a: Rle, b: Rle): { both: number; onlyA: number; onlyB: number } {
  const pixels = [0, 0, 0, 0];
  walk(a, b, (start, end, inA, inB) => {
    pixels[inA * 2 + inB] += end - start;
  });
  return { both: pixels[3], onlyA: pixels[2], onlyB: pixels[1] };
}

/** Visits the stretches between any two ends of runs of either mask. */
function walk(a: Rle, b: Rle, visit: (start: number, end: number, inA: 0 | 1, inB: 0 | 1) => void): void {
  const [height, width] = a.size;
  if (height !== b.size[0] || width !== b.size[1])
    throw invalid("second mask's size", `${width}x${height} as the first`, `${b.size[1]}x${b.size[0]}`);
  const total = height * width;
  let i = 0;
  let j = 0;
  let endA = a.counts[0];
  let endB = b.counts[0];
  for (let start = 0; start < total; ) {
    const end = Math.min(endA, endB);
    if (end > start) visit(start, end, (i & 1) as 0 | 1, (j & 1) as 0 | 1);
    start = end;
    if (endA === end && end < total) endA += a.counts[++i];
    if (endB === end && end < total) endB += b.counts[++j];
  }
}
