import type { Bounds, PromptAct, XY } from "../state/index.js";

type StrokeAct = Extract<PromptAct, { kind: "stroke" }>;

/**
 * Strokes become few prompts. The model was trained on a handful of clicks and a box: dense points along a stroke lie near
 * edges, contradict each other and make masks scatter or turn inside out. So a lasso says where the object ends (its box)
 * and a few points where it surely is (deepest inside); a brush says only that what it crossed belongs together.
 */
const MOST_POINTS = 3;
/** Cells across the longer side of a lasso when its depth is measured. */
const GRID = 48;
/** Points must lie at least this deep, as a share of the deepest: the rest of a lasso is margin around the object. */
const DEEP_ENOUGH = 0.5;
/** A painted area counts as the whole object if it fills this share of its box and is no thin line. */
const BLOB_FILL = 0.55;
const BLOB_STROKES_ACROSS = 2.5;

/** A closed outline around the object; null if it encloses nothing. */
export function lassoPrompts(outline: readonly XY[], foreground: boolean): StrokeAct | null {
  const box = boundsOf(outline);
  if (outline.length < 3 || !box) return null;
  const grid = fillPolygon(outline, box);
  const points = spreadPoints(grid, MOST_POINTS);
  if (points.length === 0) return null;
  return { kind: "stroke", how: "lasso", foreground, points, box: foreground ? box : null };
}

/**
 * A brush line of a given width, document pixels: points spread along it. Where the paint covers an area rather than a
 * line, its box is a prompt too.
 */
export function brushPrompts(line: readonly XY[], width: number, foreground: boolean): StrokeAct | null {
  if (line.length === 0) return null;
  const length = lengthOf(line);
  const count = length < width ? 1 : Math.min(MOST_POINTS, 1 + Math.round(length / (2 * width)));
  const points = Array.from({ length: count }, (_, i) => pointAlong(line, (length * (i + 0.5)) / count));
  const box = boundsOf(line, width / 2);
  const isBlob =
    foreground &&
    box !== null &&
    Math.min(box.x1 - box.x0, box.y1 - box.y0) >= BLOB_STROKES_ACROSS * width &&
    (length * width) / ((box.x1 - box.x0) * (box.y1 - box.y0)) >= BLOB_FILL;
  return { kind: "stroke", how: "brush", foreground, points, box: isBlob ? box : null };
}

/** Bounds grown by `margin`; null without area. */
export function boundsOf(points: readonly XY[], margin = 0): Bounds | null {
  let [x0, y0, x1, y1] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, -Infinity, -Infinity];
  for (const { x, y } of points) {
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x);
    y1 = Math.max(y1, y);
  }
  const box = { x0: x0 - margin, y0: y0 - margin, x1: x1 + margin, y1: y1 + margin };
  return box.x1 > box.x0 && box.y1 > box.y0 ? box : null;
}

export function clampBounds(box: Bounds, width: number, height: number): Bounds | null {
  const inside = {
    x0: Math.max(0, box.x0),
    y0: Math.max(0, box.y0),
    x1: Math.min(width, box.x1),
    y1: Math.min(height, box.y1),
  };
  return inside.x1 > inside.x0 && inside.y1 > inside.y0 ? inside : null;
}

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly cell: number;
  readonly origin: XY;
  /** Squared distance in cells to the nearest cell outside; 0 outside. */
  readonly depth: Float64Array;
}

/** Even-odd fill of the polygon on a coarse grid, with each cell's depth. */
function fillPolygon(outline: readonly XY[], box: Bounds): Grid {
  const cell = Math.max(box.x1 - box.x0, box.y1 - box.y0) / GRID;
  const columns = Math.max(1, Math.ceil((box.x1 - box.x0) / cell));
  const rows = Math.max(1, Math.ceil((box.y1 - box.y0) / cell));
  const inside: XY[] = [];
  const outside: XY[] = [];
  for (let row = -1; row <= rows; row++) {
    for (let column = -1; column <= columns; column++) {
      const at = { x: box.x0 + (column + 0.5) * cell, y: box.y0 + (row + 0.5) * cell };
      (isInside(outline, at) ? inside : outside).push({ x: column, y: row });
    }
  }
  const depth = new Float64Array(columns * rows);
  for (const { x, y } of inside) {
    let nearest = Number.POSITIVE_INFINITY;
    for (const other of outside) nearest = Math.min(nearest, (other.x - x) ** 2 + (other.y - y) ** 2);
    if (x >= 0 && y >= 0 && x < columns && y < rows) depth[y * columns + x] = nearest;
  }
  return { columns, rows, cell, origin: { x: box.x0, y: box.y0 }, depth };
}

/** The deepest cell, then those that are deep and farthest from the ones chosen. */
function spreadPoints(grid: Grid, most: number): XY[] {
  const { columns, cell, origin, depth } = grid;
  let deepest = 0;
  for (let i = 1; i < depth.length; i++) if (depth[i] > depth[deepest]) deepest = i;
  if (!depth[deepest]) return [];
  const least = depth[deepest] * DEEP_ENOUGH ** 2;
  const chosen = [deepest];
  while (chosen.length < most) {
    let [best, farthest] = [-1, depth[deepest]];
    for (let i = 0; i < depth.length; i++) {
      if (depth[i] < least) continue;
      const gap = Math.min(...chosen.map((j) => squaredDistance(i, j, columns)));
      if (gap > farthest) [best, farthest] = [i, gap];
    }
    if (best < 0) break;
    chosen.push(best);
  }
  return chosen.map((i) => ({
    x: origin.x + ((i % columns) + 0.5) * cell,
    y: origin.y + (Math.floor(i / columns) + 0.5) * cell,
  }));
}

function squaredDistance(i: number, j: number, columns: number): number {
  return ((i % columns) - (j % columns)) ** 2 + (Math.floor(i / columns) - Math.floor(j / columns)) ** 2;
}

function isInside(outline: readonly XY[], at: XY): boolean {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const a = outline[i];
    const b = outline[j];
    if (a.y > at.y === b.y > at.y) continue;
    if (at.x < ((b.x - a.x) * (at.y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
  }
  return inside;
}

function lengthOf(line: readonly XY[]): number {
  let length = 0;
  for (let i = 1; i < line.length; i++) length += Math.hypot(line[i].x - line[i - 1].x, line[i].y - line[i - 1].y);
  return length;
}

function pointAlong(line: readonly XY[], distance: number): XY {
  let left = distance;
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1];
    const b = line[i];
    const step = Math.hypot(b.x - a.x, b.y - a.y);
    if (left <= step && step > 0) return { x: a.x + ((b.x - a.x) * left) / step, y: a.y + ((b.y - a.y) * left) / step };
    left -= step;
  }
  return line.at(-1)!;
}
