/** A part of a grid from its left upper corner on: `width` by `height` cells of rows that are `stride` cells long. */
export interface GridWindow {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/** The connected pieces of those cells of a window that belong together. */
export interface Pieces {
  /** [height, width] of the window, row by row: the cell's piece, from 0, or -1. */
  readonly labels: Int32Array;
  /** Cells of each piece. */
  readonly areas: readonly number[];
  /** Whether the piece touches the window's rim. */
  readonly atRim: readonly boolean[];
}

/**
 * Numbers the connected pieces of all cells for which `data[i] > threshold` is `above`.
 * @param connectivity whether cells that touch at a corner only belong together (8) or not (4).
 */
export function piecesOf(
  data: Float32Array,
  window: GridWindow,
  threshold: number,
  above: boolean,
  connectivity: 4 | 8,
): Pieces {
  const { width, height, stride } = window;
  const labels = new Int32Array(width * height).fill(-1);
  const areas: number[] = [];
  const atRim: boolean[] = [];
  const stack = new Int32Array(width * height);
  const belongs = (x: number, y: number) => data[y * stride + x]! > threshold === above;
  for (let start = 0; start < labels.length; start++) {
    if (labels[start] !== -1 || !belongs(start % width, Math.floor(start / width))) continue;
    const label = areas.length;
    let area = 0;
    let rim = false;
    let waiting = 0;
    labels[start] = label;
    stack[waiting++] = start;
    while (waiting > 0) {
      const cell = stack[--waiting]!;
      const x = cell % width;
      const y = (cell - x) / width;
      area++;
      rim ||= x === 0 || y === 0 || x === width - 1 || y === height - 1;
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (labels[next] !== -1 || (connectivity === 4 && u !== x && v !== y) || !belongs(u, v)) continue;
          labels[next] = label;
          stack[waiting++] = next;
        }
      }
    }
    areas.push(area);
    atRim.push(rim);
  }
  return { labels, areas, atRim };
}
