import { invalid } from "../errors.js";
import type { LowResLogits, Placement, Rle } from "../types.js";
import { columnPieces } from "./runs.js";

/**
 * Logits for "surely inside" when a binary mask becomes a prompt: the size that the decoder's own logits have well inside
 * clear objects.
 */
const DEFAULT_AMPLITUDE = 10;

/**
 * A binary mask of the document as low-res logits over the model's padded square, to be given as mask prompt:
 * (2 * coverage - 1) * amplitude, where coverage is the share of a low-res cell's part inside the content that the mask
 * covers. Cells outside the content are -amplitude.
 * @param lowRes size of the low-res grid over the whole square.
 * @throws MasksmithError `input` if the mask is not of the document's size.
 */
export function rleToLogits(
  rle: Rle,
  placement: Placement,
  lowRes: { readonly width: number; readonly height: number },
  amplitude = DEFAULT_AMPLITUDE,
): LowResLogits {
  const { document, region, content, input } = placement;
  const [height, width] = rle.size;
  if (width !== document.width || height !== document.height)
    throw invalid("mask size", `the document's ${document.width}x${document.height}`, `${width}x${height}`);
  const columns = cellAxis(lowRes.width, input, content.width, region.x0, region.x1);
  const rows = cellAxis(lowRes.height, input, content.height, region.y0, region.y1);
  const covered = coveredAreas(rle, columns, rows);
  const data = new Float32Array(covered.length);
  for (let row = 0, i = 0; row < rows.cells; row++) {
    for (let column = 0; column < columns.cells; column++, i++) {
      const whole = extent(columns, column) * extent(rows, row);
      data[i] = (whole > 0 ? 2 * Math.min(1, covered[i] / whole) - 1 : -1) * amplitude;
    }
  }
  return { width: lowRes.width, height: lowRes.height, data };
}

/** The low-res cells on one axis: cell c covers start + c * step .. + step in document pixels, cut to start..end. */
interface CellAxis {
  readonly cells: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function cellAxis(cells: number, input: number, content: number, start: number, end: number): CellAxis {
  return { cells, start, end, step: ((input / cells) * (end - start)) / content };
}

/** Document pixels of a cell's part inside the content. */
function extent({ start, end, step }: CellAxis, cell: number): number {
  return Math.max(0, Math.min(end, start + (cell + 1) * step) - Math.min(end, start + cell * step));
}

function cellOf({ cells, start, step }: CellAxis, position: number): number {
  return Math.max(0, Math.min(cells - 1, Math.floor((position - start) / step)));
}

/** Foreground area, in document pixels, in each cell, row-major. */
function coveredAreas(rle: Rle, columns: CellAxis, rows: CellAxis): Float64Array {
  const covered = new Float64Array(columns.cells * rows.cells);
  const { count, x, y0, y1 } = columnPieces(rle);
  for (let i = 0; i < count; i++) {
    const top = Math.max(y0[i], rows.start);
    const bottom = Math.min(y1[i], rows.end);
    if (top >= bottom || x[i] < columns.start || x[i] >= columns.end) continue;
    const lastColumn = cellOf(columns, x[i] + 1);
    for (let column = cellOf(columns, x[i]); column <= lastColumn; column++) {
      const width = overlap(columns, column, x[i], x[i] + 1);
      if (width > 0) addRows(covered, column, width, columns.cells, rows, top, bottom);
    }
  }
  return covered;
}

function addRows(
  covered: Float64Array,
  column: number,
  width: number,
  stride: number,
  rows: CellAxis,
  top: number,
  bottom: number,
): void {
  const last = cellOf(rows, bottom);
  for (let row = cellOf(rows, top); row <= last; row++)
    covered[row * stride + column] += width * overlap(rows, row, top, bottom);
}

function overlap({ start, step }: CellAxis, cell: number, from: number, to: number): number {
  const cellStart = start + cell * step;
  return Math.max(0, Math.min(to, cellStart + step) - Math.max(from, cellStart));
}
