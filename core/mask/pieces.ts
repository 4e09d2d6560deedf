/** A part of a grid from its left upper corner on: `width` by `height` cells of rows that are `stride` cells long. */
export interface GridWindow {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/** One connected piece of a grid's cells that lie on one side of the threshold. */
export interface Piece {
  readonly isAbove: boolean;
  /** Cells. */
  readonly area: number;
  /** Whether it touches the window's rim. */
  readonly atRim: boolean;
  /** Its highest value. */
  readonly peak: number;
}

/** Stretches of cells in rows, each on one side of the threshold, in reading order; together they are the window. */
export interface GridPieces {
  readonly pieces: readonly Piece[];
  /** Of each stretch, its cells from `start` to `end` (exclusive) in the grid's array, and its piece. */
  readonly start: readonly number[];
  readonly end: readonly number[];
  readonly piece: readonly number[];
  /** Whether some cells above share a corner and were not joined: else the pieces are the same for all kinds of corners. */
  readonly isTorn: boolean;
}

/** The stretches of all rows, before they are joined. */
interface Stretches {
  readonly start: number[];
  readonly end: number[];
  readonly isAbove: boolean[];
  readonly peak: number[];
  /** Index of each row's first stretch; one more at the end. */
  readonly first: number[];
}

/** Whether two cells above the threshold that share a corner alone belong together: always, or where bilinear upscaling joins them. */
export type Corners = "always" | "as-upscaled";

/**
 * The connected pieces of a window: of cells above the threshold, which share a side or, see `corners`, a corner; and of the others,
 * which must share a side (4-connected).
 */
export function piecesOf(
  data: Float32Array,
  window: GridWindow,
  threshold: number,
  corners: Corners = "always",
): GridPieces {
  const stretches = readStretches(data, window, threshold);
  const parent = stretches.start.map((_, i) => i);
  let isTorn = false;
  const isJoined = (before: number, here: number) => {
    const joined = corners === "always" || hasBridge(data, before, here, window.stride, threshold);
    isTorn ||= !joined;
    return joined;
  };
  for (let row = 1; row < window.height; row++) joinRows(stretches, row, window.stride, isJoined, parent);
  return { ...stretches, ...gather(stretches, window, parent), isTorn };
}

function readStretches(data: Float32Array, { width, height, stride }: GridWindow, threshold: number): Stretches {
  const all: Stretches = { start: [], end: [], isAbove: [], peak: [], first: [] };
  for (let y = 0; y < height; y++) {
    all.first.push(all.start.length);
    const rowEnd = y * stride + width;
    for (let i = y * stride; i < rowEnd; ) {
      const start = i;
      const above = data[i] > threshold;
      let peak = data[i];
      while (++i < rowEnd && data[i] > threshold === above) if (data[i] > peak) peak = data[i];
      all.start.push(start);
      all.end.push(i);
      all.isAbove.push(above);
      all.peak.push(peak);
    }
  }
  all.first.push(all.start.length);
  return all;
}

/**
 * Whether bilinear interpolation is above the threshold all the way between two cells above it that share a corner: the saddle between
 * them is, if the product of their heights over the threshold is more than that of the other two cells' depths (Nielson, Hamann:
 * The asymptotic decider, 1991).
 * @param before a cell of the row before. @param here its neighbour across the corner.
 */
function hasBridge(data: Float32Array, before: number, here: number, stride: number, threshold: number): boolean {
  const heights = (data[before] - threshold) * (data[here] - threshold);
  const depths = (data[here - stride] - threshold) * (data[before + stride] - threshold);
  return heights > depths;
}

/** Joins the stretches of a row with those of the row before that touch them; across a corner only those above, if `isJoined`. */
function joinRows(
  { start, end, isAbove, first }: Stretches,
  row: number,
  stride: number,
  isJoined: (before: number, here: number) => boolean,
  parent: number[],
): void {
  let before = first[row - 1];
  for (let here = first[row]; here < first[row + 1]; here++) {
    const reach = isAbove[here] ? 1 : 0;
    const from = start[here] - stride;
    const to = end[here] - stride;
    // The stretch before may touch the next one of this row too.
    while (before > first[row - 1] && end[before - 1] + 1 > from) before--;
    for (; before < first[row] && start[before] < to + reach; before++) {
      if (isAbove[before] !== isAbove[here] || end[before] + reach <= from) continue;
      if (end[before] === from && !isJoined(end[before] - 1, start[here])) continue;
      if (start[before] === to && !isJoined(start[before], end[here] - 1)) continue;
      join(parent, before, here);
    }
  }
}

function join(parent: number[], a: number, b: number): void {
  const rootA = rootOf(parent, a);
  const rootB = rootOf(parent, b);
  parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
}

function rootOf(parent: number[], i: number): number {
  let root = i;
  while (parent[root] !== root) {
    parent[root] = parent[parent[root]];
    root = parent[root];
  }
  return root;
}

function gather(
  { start, end, isAbove, peak }: Stretches,
  { width, height, stride }: GridWindow,
  parent: number[],
): Pick<GridPieces, "pieces" | "piece"> {
  const pieces: { isAbove: boolean; area: number; atRim: boolean; peak: number }[] = [];
  const piece: number[] = [];
  for (let i = 0; i < start.length; i++) {
    const root = rootOf(parent, i);
    const own = root === i ? pieces.length : piece[root];
    if (root === i) pieces.push({ isAbove: isAbove[i], area: 0, atRim: false, peak: peak[i] });
    piece.push(own);
    const y = Math.floor(start[i] / stride);
    const all = pieces[own];
    all.area += end[i] - start[i];
    all.atRim ||= y === 0 || y === height - 1 || start[i] === y * stride || end[i] === y * stride + width;
    all.peak = Math.max(all.peak, peak[i]);
  }
  return { pieces, piece };
}
