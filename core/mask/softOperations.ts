import type { SoftMask } from "../types.js";
import { enclosingRect, intersectRects, isEmptyRect, type Rect } from "./rect.js";

/** A soft mask with one value everywhere outside its bounds, as a layer mask that shows all but one object. */
export interface Coverage extends SoftMask {
  readonly outside: 0 | 255;
}

/**
 * How a mask meets one that is there. Soft masks are fuzzy sets (Zadeh, Fuzzy Sets, 1965): `add` is max(a, b), `intersect`
 * min(a, b), `subtract` min(a, 255 - b); `replace` is b.
 */
export type CombineMode = "replace" | "add" | "subtract" | "intersect";

/** No pixel covered; bytes of its own each time, as they may be moved to a worker. */
export function emptySoft(): SoftMask {
  return { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };
}

/** Whether nothing is covered. A mask is taken at its bounds: zeros within them count as something (see `trimSoft`). */
export function isEmptySoft(mask: SoftMask): boolean {
  return isEmptyRect(mask) && outsideOf(mask) === 0;
}

/** Full coverage of a rectangle. */
export function solidSoft({ x, y, width, height }: Rect): SoftMask {
  return { x, y, width, height, data: new Uint8Array(width * height).fill(255) };
}

/** 255 - value in the bounds; outside them only of a mask that says what lies there. */
export function invertSoft<T extends SoftMask>(mask: T): T {
  const data = mask.data.map((value) => 255 - value);
  return "outside" in mask ? { ...mask, data, outside: outsideOf(mask) === 0 ? 255 : 0 } : { ...mask, data };
}

/**
 * Two masks as one, cut to `canvas` and to the pixels that differ from what lies outside. Only bounds are worked on, never
 * the canvas.
 */
export function combineSoft(a: Coverage, b: Coverage, mode: CombineMode, canvas: Rect): Coverage;
export function combineSoft(a: SoftMask, b: SoftMask, mode: CombineMode, canvas: Rect): SoftMask;
export function combineSoft(a: SoftMask, b: SoftMask, mode: CombineMode, canvas: Rect): SoftMask {
  const combined = softForCombining(a, b, mode, canvas);
  combineSoftInto(combined, a, "replace");
  combineSoftInto(combined, b, mode);
  return trimSoft(combined, canvas);
}

/**
 * Zeros in the bounds of what two masks combine to, and the value outside them. For work in turns, strip by strip: the rows
 * of `a` with mode `replace`, then those of `b`.
 */
export function softForCombining(a: SoftMask, b: SoftMask, mode: CombineMode, canvas: Rect): Coverage {
  const rect = intersectRects(combinedBounds(a, b, mode), canvas);
  const outside = new Uint8Array([outsideOf(a)]);
  fillCombined(outside, outsideOf(b), mode);
  return { ...rect, data: new Uint8Array(rect.width * rect.height), outside: outside[0] as 0 | 255 };
}

/** Where two masks combined may differ from what lies outside. */
function combinedBounds(a: SoftMask, b: SoftMask, mode: CombineMode): Rect {
  if (mode === "replace") return b;
  if (mode === "intersect" && outsideOf(a) === 0 && outsideOf(b) === 0) return intersectRects(a, b);
  if (outsideOf(a) === 0 && mode !== "add") return a;
  return enclosingRect(a, b);
}

/** Combines `mask` into the bytes of `target`, in the target's bounds. */
export function combineSoftInto(target: SoftMask, mask: SoftMask, mode: CombineMode): void {
  const { x, y, width, height, data } = target;
  for (let row = 0; row < height; row++)
    combineSoftRow(mask, mode, x, y + row, data.subarray(row * width, (row + 1) * width));
}

/** Fills `out` with the values of row `y` from column `x` on. */
export function readSoftRow(mask: SoftMask, x: number, y: number, out: Uint8Array): void {
  combineSoftRow(mask, "replace", x, y, out);
}

function combineSoftRow(mask: SoftMask, mode: CombineMode, x: number, y: number, out: Uint8Array): void {
  const row = y - mask.y;
  const outside = outsideOf(mask);
  const from = Math.max(mask.x - x, 0);
  const to = Math.min(mask.x + mask.width - x, out.length);
  if (row < 0 || row >= mask.height || from >= to) {
    fillCombined(out, outside, mode);
    return;
  }
  if (from > 0) fillCombined(out.subarray(0, from), outside, mode);
  if (to < out.length) fillCombined(out.subarray(to), outside, mode);
  combineBytes(out, from, to, mask.data, row * mask.width + x - mask.x, mode);
}

/** `out` from `from` to `to` with the bytes of `data`, the first of which lies at `offset + from`. */
function combineBytes(
  out: Uint8Array,
  from: number,
  to: number,
  data: Uint8Array,
  offset: number,
  mode: CombineMode,
): void {
  if (mode === "replace") {
    out.set(data.subarray(offset + from, offset + to), from);
  } else if (mode === "add") {
    for (let i = from; i < to; i++) if (data[offset + i] > out[i]) out[i] = data[offset + i];
  } else if (mode === "intersect") {
    for (let i = from; i < to; i++) if (data[offset + i] < out[i]) out[i] = data[offset + i];
  } else {
    for (let i = from; i < to; i++) if (255 - data[offset + i] < out[i]) out[i] = 255 - data[offset + i];
  }
}

/** `out` combined with one value: it stays as it is, or becomes one value too. */
function fillCombined(out: Uint8Array, value: 0 | 255, mode: CombineMode): void {
  if (mode === "replace") out.fill(value);
  else if (mode === "add" && value === 255) out.fill(255);
  else if (mode === "intersect" && value === 0) out.fill(0);
  else if (mode === "subtract" && value === 255) out.fill(0);
}

/**
 * Exactly the pixels of `rect`, which may reach beyond the bounds: a part, or the mask placed on a canvas. The same object
 * if those are its bounds.
 */
export function cropSoft<T extends SoftMask>(mask: T, rect: Rect): T {
  const { x, y, width, height } = rect;
  if (mask.x === x && mask.y === y && mask.width === width && mask.height === height) return mask;
  const cropped = { ...mask, x, y, width, height, data: new Uint8Array(width * height) };
  combineSoftInto(cropped, mask, "replace");
  return cropped;
}

/** Bounds of a margin more on each side, inside a document of the given size. */
export function padSoft(
  mask: SoftMask,
  margin: number,
  document: { readonly width: number; readonly height: number },
): SoftMask {
  const { x, y, width, height } = mask;
  const wider = { x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin };
  return cropSoft(mask, intersectRects(wider, { x: 0, y: 0, ...document }));
}

/** Cut to `canvas` and to the pixels that differ from what lies outside. The same object if nothing is to be cut. */
export function trimSoft<T extends SoftMask>(mask: T, canvas: Rect = mask): T {
  const rect = contentBounds(mask, intersectRects(mask, canvas));
  return isEmptyRect(rect) ? { ...mask, ...emptySoft() } : cropSoft(mask, rect);
}

/** The least bounds, within those of `inside`, of the pixels that differ from what lies outside. */
function contentBounds(mask: SoftMask, inside: Rect): Rect {
  const { width, data } = mask;
  const outside = outsideOf(mask);
  const start = inside.x - mask.x;
  const isBlankRow = (row: number) => {
    for (let i = row * width + start, end = i + inside.width; i < end; i++) if (data[i] !== outside) return false;
    return true;
  };
  let top = inside.y - mask.y;
  let bottom = top + inside.height;
  while (top < bottom && isBlankRow(top)) top++;
  while (bottom > top && isBlankRow(bottom - 1)) bottom--;
  let left = inside.width;
  let right = 0;
  for (let row = top, at = top * width + start; row < bottom; row++, at += width) {
    let column = 0;
    while (column < left && data[at + column] === outside) column++;
    left = column;
    column = inside.width;
    while (column > right && data[at + column - 1] === outside) column--;
    right = column;
  }
  return { x: inside.x + left, y: mask.y + top, width: Math.max(right - left, 0), height: bottom - top };
}

/**
 * Whether two masks cover the same, whatever their bounds.
 * @param tolerance most that a pixel's values may differ by: hosts of other depths move them a little.
 */
export function isSameSoft(a: SoftMask, b: SoftMask, tolerance = 0): boolean {
  if (Math.abs(outsideOf(a) - outsideOf(b)) > tolerance) return false;
  const area = enclosingRect(a, b);
  const rowA = new Uint8Array(area.width);
  const rowB = new Uint8Array(area.width);
  for (let y = area.y; y < area.y + area.height; y++) {
    readSoftRow(a, area.x, y, rowA);
    readSoftRow(b, area.x, y, rowB);
    for (let x = 0; x < area.width; x++) if (Math.abs(rowA[x] - rowB[x]) > tolerance) return false;
  }
  return true;
}

/** The smallest bounds around several masks. */
export function softBounds(masks: readonly SoftMask[]): Rect {
  return masks.reduce<Rect>(enclosingRect, { x: 0, y: 0, width: 0, height: 0 });
}

function outsideOf(mask: SoftMask | Coverage): 0 | 255 {
  return "outside" in mask ? mask.outside : 0;
}
