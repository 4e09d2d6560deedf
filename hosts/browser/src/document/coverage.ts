import type { SoftMask } from "@masksmith/core";
import { around, type Coverage, intersection, isEmpty, type Rect } from "./model.js";
import { atOnce, type InTurns } from "./turns.js";

export type CombineMode = "replace" | "add" | "subtract" | "intersect";

const EMPTY_BYTES = new Uint8Array(0);

/** Coverage `value` everywhere. */
export function uniform(value: 0 | 255): Coverage {
  return { x: 0, y: 0, width: 0, height: 0, data: EMPTY_BYTES, outside: value };
}

export function toCoverage({ x, y, width, height, data }: SoftMask): Coverage {
  return { x, y, width, height, data, outside: 0 };
}

/**
 * Sets of soft masks as fuzzy sets (Zadeh 1965): add is the greater value, intersect the smaller, subtract the smaller of
 * `a` and what `b` leaves. The result is cut to `canvas` and to the pixels that differ from its outside.
 */
export function combine(a: Coverage, b: Coverage, mode: CombineMode, canvas: Rect): Coverage {
  return atOnce(combining(a, b, mode, canvas));
}

/** As `combine`, in turns. */
export function* combining(a: Coverage, b: Coverage, mode: CombineMode, canvas: Rect): InTurns<Coverage> {
  if (mode === "replace") return trimmed(b, canvas);
  const operation = OPERATIONS[mode];
  const outside = operation(a.outside, b.outside) as 0 | 255;
  const { x, y, width, height } = intersection(changedArea(a, b, mode), canvas);
  const data = new Uint8Array(width * height);
  const rowA = new Uint8Array(width);
  const rowB = new Uint8Array(width);
  for (let row = 0, o = 0; row < height; row++) {
    readRow(a, x, y + row, rowA);
    readRow(b, x, y + row, rowB);
    for (let i = 0; i < width; i++, o++) data[o] = operation(rowA[i], rowB[i]);
    yield width;
  }
  return trimmed({ x, y, width, height, data, outside }, canvas);
}

/** The opposite: 255 - value, inside and outside. */
export function inverted(coverage: Coverage): Coverage {
  return { ...coverage, data: coverage.data.map((value) => 255 - value), outside: coverage.outside === 0 ? 255 : 0 };
}

/** Coverage of the whole `canvas`, in bytes of its own; for what needs the outside as pixels. */
export function filled(coverage: Coverage, canvas: Rect): SoftMask {
  const { x, y, width, height } = canvas;
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) readRow(coverage, x, y + row, data.subarray(row * width, (row + 1) * width));
  return { x, y, width, height, data };
}

/** Fills `out` with the values of row `y` from column `x` on. */
export function readRow(coverage: Coverage, x: number, y: number, out: Uint8Array): void {
  const row = y - coverage.y;
  const from = Math.max(x, coverage.x);
  const to = Math.min(x + out.length, coverage.x + coverage.width);
  if (row < 0 || row >= coverage.height || from >= to) {
    out.fill(coverage.outside);
    return;
  }
  if (to - from < out.length) out.fill(coverage.outside);
  const start = row * coverage.width + from - coverage.x;
  out.set(coverage.data.subarray(start, start + to - from), from - x);
}

/** Cut to `canvas`, and to the pixels that differ from the outside. The same object if nothing is to be cut. */
export function trimmed<T extends Coverage>(coverage: T, canvas: Rect): T {
  const inside = intersection(coverage, canvas);
  const rect = isEmpty(inside) ? inside : contentBounds(coverage, inside);
  if (isEmpty(rect)) return { ...coverage, x: 0, y: 0, width: 0, height: 0, data: EMPTY_BYTES };
  if (rect.width === coverage.width && rect.height === coverage.height) return coverage;
  const data = new Uint8Array(rect.width * rect.height);
  for (let row = 0; row < rect.height; row++) {
    readRow(coverage, rect.x, rect.y + row, data.subarray(row * rect.width, (row + 1) * rect.width));
  }
  return { ...coverage, ...rect, data };
}

/** Whether nothing is covered. */
export function isBlank(coverage: Coverage): boolean {
  return coverage.outside === 0 && (coverage.width === 0 || coverage.height === 0);
}

const OPERATIONS = {
  add: (a: number, b: number) => Math.max(a, b),
  intersect: (a: number, b: number) => Math.min(a, b),
  subtract: (a: number, b: number) => Math.min(a, 255 - b),
} as const;

/** Where the result may differ from its outside. */
function changedArea(a: Coverage, b: Coverage, mode: CombineMode): Rect {
  if (mode === "intersect" && a.outside === 0 && b.outside === 0) return intersection(a, b);
  if (a.outside === 0 && mode !== "add") return a;
  return around(a, b);
}

function contentBounds(coverage: Coverage, inside: Rect): Rect {
  const { data, outside } = coverage;
  let left = inside.width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let row = 0; row < inside.height; row++) {
    const start = (inside.y + row - coverage.y) * coverage.width + inside.x - coverage.x;
    let first = 0;
    while (first < inside.width && data[start + first] === outside) first++;
    if (first === inside.width) continue;
    let last = inside.width - 1;
    while (data[start + last] === outside) last--;
    if (top < 0) top = row;
    bottom = row;
    left = Math.min(left, first);
    right = Math.max(right, last);
  }
  if (top < 0) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: inside.x + left, y: inside.y + top, width: right - left + 1, height: bottom - top + 1 };
}
