import { invalid } from "../../errors.js";
import type { ObjectMask } from "../../types.js";
import { largestFirst } from "./order.js";
import { checkSameSize } from "./parents.js";
import { firstRunAfter, type RunEnds, runEnds } from "./runs.js";

/** Columns painted together: their rows share a cache line when they go into the row-major map. */
const BLOCK = 16;

/**
 * Which mask a click hits: row-major, `width * height`; 0: none, else the mask's index plus 1. Where masks overlap the
 * smallest is on top. 16 bits while they hold all labels, else 32.
 */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array | Uint32Array;
}

/** What `labelMap` takes beside the masks. */
export interface LabelOptions {
  /** Longest side of the map in pixels; default: the masks' own size. Larger than that changes nothing. */
  readonly maxSide?: number;
}

/**
 * The label map of masks on one canvas, perhaps smaller than it: pixel (x, y) of the map shows the document's pixel
 * (floor((x + 0.5) * W / w), floor((y + 0.5) * H / h)). The size of the canvas is a parameter because there may be no mask.
 * @throws MasksmithError `input` if `maxSide` or the size is no positive integer, or a mask has another size.
 */
export function labelMap(
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
  options: LabelOptions = {},
): LabelMap {
  const { width, height } = scaled(canvas, options.maxSide);
  checkCanvas(masks, canvas);
  const Labels = masks.length < 2 ** 16 ? Uint16Array : Uint32Array;
  const data = new Labels(width * height);
  const rowOf = firstSampledRow(canvas.height, height);
  const painters = [...largestFirst(masks)].filter((i) => masks[i].area > 0);
  const runs = painters.map((i) => runEnds(masks[i].mask));
  const column = new Labels(BLOCK * height);
  for (let x0 = 0; x0 < width; x0 += BLOCK) {
    const columns = Math.min(BLOCK, width - x0);
    column.fill(0);
    for (let i = 0; i < columns; i++) {
      const x = sample(x0 + i, canvas.width, width);
      const target = column.subarray(i * height, (i + 1) * height);
      for (const [at, painter] of painters.entries()) {
        const [left, , across] = masks[painter].bbox;
        if (x >= left && x < left + across) paint(target, runs[at], x * canvas.height, rowOf, painter + 1);
      }
    }
    for (let y = 0; y < height; y++) {
      for (let i = 0, to = y * width + x0; i < columns; i++, to++) data[to] = column[i * height + y];
    }
  }
  return { width, height, data };
}

/** The index of the mask at a point in document pixels, -1 if there is none or the point is outside. */
export function maskAt(
  map: LabelMap,
  canvas: { readonly width: number; readonly height: number },
  point: { readonly x: number; readonly y: number },
): number {
  const x = Math.floor((point.x * map.width) / canvas.width);
  const y = Math.floor((point.y * map.height) / canvas.height);
  if (!(x >= 0 && y >= 0 && x < map.width && y < map.height)) return -1;
  return map.data[y * map.width + x] - 1;
}

/** Paints one document column, which starts at position `start`, into the map's column. */
function paint(column: Uint16Array | Uint32Array, runs: RunEnds, start: number, rowOf: Uint32Array, label: number) {
  const rows = rowOf.length - 1;
  for (let run = firstRunAfter(runs, start); run < runs.length && runs[run] < start + rows; run += 2) {
    const from = Math.max(runs[run] - start, 0);
    const to = Math.min(runs[run + 1] - start, rows);
    column.fill(label, rowOf[from], rowOf[to]);
  }
}

/** For each document row, and the one behind the last, the first row of the map that shows it or one below. */
function firstSampledRow(rows: number, mapRows: number): Uint32Array {
  const first = new Uint32Array(rows + 1);
  for (let row = 0, mapRow = 0; row <= rows; row++) {
    while (mapRow < mapRows && sample(mapRow, rows, mapRows) < row) mapRow++;
    first[row] = mapRow;
  }
  return first;
}

function sample(at: number, full: number, reduced: number): number {
  return Math.floor(((at + 0.5) * full) / reduced);
}

function scaled(canvas: { readonly width: number; readonly height: number }, maxSide: number | undefined) {
  const { width, height } = canvas;
  for (const [name, side] of [
    ["canvas width", width],
    ["canvas height", height],
    ["maxSide", maxSide ?? 1],
  ] as const) {
    if (!Number.isInteger(side) || side < 1) throw invalid(name, "a positive integer", side);
  }
  const scale = Math.min(1, (maxSide ?? Number.POSITIVE_INFINITY) / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function checkCanvas(masks: readonly ObjectMask[], { width, height }: { width: number; height: number }): void {
  checkSameSize(masks);
  const [rows, columns] = masks[0]?.mask.size ?? [height, width];
  if (rows !== height || columns !== width)
    throw invalid("canvas", `${columns}x${rows} as the masks`, `${width}x${height}`);
}
