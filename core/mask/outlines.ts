import type { Rle } from "../types.js";
import { type ColumnPieces, columnPieces } from "./runs.js";

/**
 * One closed outline along the cracks between pixels, as x, y pairs of corners in document pixels (the last joins the first).
 * Outer outlines run clockwise as seen on screen (y down), holes counter-clockwise, so that either fill rule fills the mask.
 */
export interface Outline {
  readonly points: Int32Array;
  readonly hole: boolean;
}

/**
 * All outlines of a mask. Pixels that touch at a corner only are outlined apart, so no outline crosses or touches itself
 * along an edge. Only corners are kept; with `tolerance` (pixels) also those are dropped that lie within it of the
 * simplified line (Douglas-Peucker). The signed areas of exact outlines add up to the mask's area.
 */
export function maskOutlines(rle: Rle, tolerance = 0): Outline[] {
  const pieces = columnPieces(rle);
  const next = linkEdges(pieces);
  const outlines: Outline[] = [];
  const corners: number[] = [];
  for (let start = 0; start < next.length; start++) {
    if (next[start] < 0) continue;
    corners.length = 0;
    traceOutline(pieces, next, start, corners);
    const hole = signedArea(corners) < 0;
    outlines.push({ points: Int32Array.from(tolerance > 0 ? simplify(corners, tolerance) : corners), hole });
  }
  return outlines;
}

/** SVG path data of outlines, one closed subpath each, for `fill-rule` evenodd or nonzero. */
export function outlinesToSvgPath(outlines: readonly Outline[]): string {
  return outlines.map(({ points }) => subpath(points)).join("");
}

function subpath(points: Int32Array): string {
  let path = `M${points[0]} ${points[1]}`;
  for (let i = 2; i < points.length; i += 2) {
    const dx = points[i] - points[i - 2];
    const dy = points[i + 1] - points[i - 1];
    path += dy === 0 ? `h${dx}` : dx === 0 ? `v${dy}` : `l${dx} ${dy}`;
  }
  return `${path}z`;
}

/**
 * Every column piece p has two horizontal edges: its top, number 2p, walked to the right, and its bottom, 2p + 1, walked
 * to the left, so that the mask is on the right hand. Gives for each edge the horizontal edge that follows it along the
 * outline, which in a crack between two columns only depends on their pieces around it.
 */
function linkEdges(pieces: ColumnPieces): Int32Array {
  const next = new Int32Array(pieces.count * 2);
  for (let c = 0; c < pieces.x1 - pieces.x0; c++) {
    linkTops(pieces, c, next);
    linkBottoms(pieces, c, next);
  }
  return next;
}

/** Follows the tops of column c through the crack on their right. */
function linkTops({ x0, x1, y0, y1, first }: ColumnPieces, c: number, next: Int32Array): void {
  const begin = first[c];
  const lastColumn = c + 1 >= x1 - x0;
  const endB = lastColumn ? 0 : first[c + 2];
  for (let p = begin, q = first[c + 1]; p < first[c + 1]; p++) {
    while (q < endB && y1[q] <= y0[p]) q++;
    const touching = q < endB && !lastColumn;
    if (touching && y0[q] <= y0[p]) {
      // The right column covers the corner: straight on, or up its side to its top or to the piece above on the left.
      const up = p > begin && y1[p - 1] > y0[q];
      next[2 * p] = up ? 2 * (p - 1) + 1 : 2 * q;
    } else next[2 * p] = touching && y0[q] < y1[p] ? 2 * q : 2 * p + 1;
  }
}

/** Follows the bottoms of column c through the crack on their left; `linkTops` turned by half a circle. */
function linkBottoms({ y0, y1, first }: ColumnPieces, c: number, next: Int32Array): void {
  const end = first[c + 1];
  const beginB = c > 0 ? first[c - 1] : 0;
  const endB = c > 0 ? first[c] : 0;
  for (let p = end - 1, q = endB - 1; p >= first[c]; p--) {
    while (q >= beginB && y0[q] >= y1[p]) q--;
    const touching = q >= beginB;
    if (touching && y1[q] >= y1[p]) {
      const down = p + 1 < end && y0[p + 1] < y1[q];
      next[2 * p + 1] = down ? 2 * (p + 1) : 2 * q + 1;
    } else next[2 * p + 1] = touching && y1[q] > y0[p] ? 2 * q + 1 : 2 * p;
  }
}

/** Walks from edge `start` until it closes, collecting corners; visited edges are marked -1 in `next`. */
function traceOutline({ x, y0, y1 }: ColumnPieces, next: Int32Array, start: number, corners: number[]): void {
  for (let edge = start, following = next[edge]; following >= 0; edge = following, following = next[edge]) {
    next[edge] = -1;
    const p = edge >> 1;
    const q = following >> 1;
    const bottom = edge & 1;
    const followingBottom = following & 1;
    const y = bottom ? y1[p] : y0[p];
    const followingY = followingBottom ? y1[q] : y0[q];
    if (y === followingY) continue;
    const crack = bottom ? x[p] : x[p] + 1;
    corners.push(crack, y, crack, followingY);
  }
}

/** Shoelace formula; positive for clockwise on screen (y down). */
function signedArea(points: readonly number[]): number {
  let twice = 0;
  let x = points[points.length - 2];
  let y = points[points.length - 1];
  for (let i = 0; i < points.length; i += 2) {
    twice += x * points[i + 1] - points[i] * y;
    x = points[i];
    y = points[i + 1];
  }
  return twice / 2;
}

/** Douglas-Peucker on a closed outline, split at its first corner and the one furthest from it. Keeps three corners. */
function simplify(points: readonly number[], tolerance: number): number[] {
  const n = points.length / 2;
  const keep = new Uint8Array(n + 1);
  const far = furthest(points, 0, n).index;
  keep[0] = keep[far] = 1;
  const open: number[] = [0, far, far, n];
  while (open.length > 0) {
    const to = open.pop() as number;
    const from = open.pop() as number;
    const { index, distance } = furthest(points, from, to);
    if (distance <= tolerance) continue;
    keep[index] = 1;
    open.push(from, index, index, to);
  }
  const kept = points.filter((_, i) => keep[i >> 1] === 1);
  return kept.length >= 6 ? kept : [...points];
}

/** The corner between two others (indices; n means the first again) furthest from the line between them. */
function furthest(points: readonly number[], from: number, to: number): { index: number; distance: number } {
  const n = points.length / 2;
  const ax = points[from * 2];
  const ay = points[from * 2 + 1];
  const dx = points[(to % n) * 2] - ax;
  const dy = points[(to % n) * 2 + 1] - ay;
  const length = Math.sqrt(dx * dx + dy * dy);
  let index = from;
  let distance = -1;
  for (let i = from + 1; i < to; i++) {
    const px = points[i * 2] - ax;
    const py = points[i * 2 + 1] - ay;
    const d = length > 0 ? Math.abs(px * dy - py * dx) / length : Math.sqrt(px * px + py * py);
    if (d > distance) {
      distance = d;
      index = i;
    }
  }
  return { index, distance };
}
