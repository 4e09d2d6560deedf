import { rleToSoft, type SoftMask } from "@masksmith/core";
import type { ApplyRequest, SelectionMode } from "@masksmith/panel/host";
import { MasksmithError, unpackMask, type WireItem } from "../bridge/index.js";

/** Whole pixels; right and bottom exclusive. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const NOTHING: SoftMask = { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };

export function isBlank({ width, height }: SoftMask): boolean {
  return width === 0 || height === 0;
}

/** @throws MasksmithError `state` if what was made for a document of one size meets it in another: it lies elsewhere there. */
export function refuseOtherSize({ width, height }: ApplyRequest["size"], canvas: Rect, name: string): void {
  if (width === canvas.right && height === canvas.bottom) return;
  const words = `“${name}” was made for ${width}x${height} pixels; the document has another size by now`;
  throw new MasksmithError("state", words);
}

/**
 * A mask from the page as coverage inside the canvas, cut to what it covers.
 * @throws MasksmithError `input` if nothing of it lies on the canvas, or run lengths are of another size.
 */
export function coverageOf(mask: WireItem["mask"], canvas: Rect, name: string): SoftMask {
  if ("counts" in mask) refuseOtherSize({ width: mask.size[1], height: mask.size[0] }, canvas, name);
  const found = trimmed(softOf(mask), canvas);
  if (isBlank(found)) throw new MasksmithError("input", `“${name}” has no pixels inside the document`);
  return found;
}

function softOf(mask: WireItem["mask"]): SoftMask {
  if ("counts" in mask) return rleToSoft(mask);
  return "packed" in mask ? unpackMask(mask) : mask;
}

/** Soft masks as fuzzy sets (Zadeh 1965): add is the greater value, intersect the smaller, subtract min(a, 255 - b). */
export function combined(a: SoftMask, b: SoftMask, mode: SelectionMode, canvas: Rect): SoftMask {
  if (mode === "replace") return trimmed(b, canvas);
  const area = mode === "add" ? around(a, b) : rectOf(a);
  const width = area.right - area.left;
  const height = area.bottom - area.top;
  const data = new Uint8Array(width * height);
  const rowA = new Uint8Array(width);
  const rowB = new Uint8Array(width);
  for (let y = 0, o = 0; y < height; y++) {
    readRow(a, area.left, area.top + y, rowA);
    readRow(b, area.left, area.top + y, rowB);
    for (let x = 0; x < width; x++, o++) data[o] = joined(rowA[x], rowB[x], mode);
  }
  return trimmed({ x: area.left, y: area.top, width, height, data }, canvas);
}

function joined(a: number, b: number, mode: SelectionMode): number {
  if (mode === "add") return a > b ? a : b;
  const other = mode === "subtract" ? 255 - b : b;
  return a < other ? a : other;
}

export function solid({ left, top, right, bottom }: Rect): SoftMask {
  const [width, height] = [right - left, bottom - top];
  return { x: left, y: top, width, height, data: new Uint8Array(width * height).fill(255) };
}

export function rectOf({ x, y, width, height }: SoftMask): Rect {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

function around(a: SoftMask, b: SoftMask): Rect {
  if (isBlank(a)) return rectOf(b);
  if (isBlank(b)) return rectOf(a);
  const [p, q] = [rectOf(a), rectOf(b)];
  return {
    left: Math.min(p.left, q.left),
    top: Math.min(p.top, q.top),
    right: Math.max(p.right, q.right),
    bottom: Math.max(p.bottom, q.bottom),
  };
}

/** Fills `out` with the values of row `y` from column `x` on; 0 outside the mask. */
export function readRow(mask: SoftMask, x: number, y: number, out: Uint8Array): void {
  out.fill(0);
  const row = y - mask.y;
  const from = Math.max(x, mask.x);
  const to = Math.min(x + out.length, mask.x + mask.width);
  if (row < 0 || row >= mask.height || from >= to) return;
  const start = row * mask.width + from - mask.x;
  out.set(mask.data.subarray(start, start + to - from), from - x);
}

/** Cut to the canvas and to what is covered. */
export function trimmed(mask: SoftMask, canvas: Rect): SoftMask {
  const left = Math.max(mask.x, canvas.left);
  const right = Math.min(mask.x + mask.width, canvas.right);
  let [x0, x1, y0, y1] = [right, left, -1, -1];
  for (let y = Math.max(mask.y, canvas.top); y < Math.min(mask.y + mask.height, canvas.bottom); y++) {
    const row = (y - mask.y) * mask.width - mask.x;
    let first = left;
    while (first < right && mask.data[row + first] === 0) first++;
    if (first >= right) continue;
    let last = right - 1;
    while (mask.data[row + last] === 0) last--;
    if (y0 < 0) y0 = y;
    y1 = y + 1;
    x0 = Math.min(x0, first);
    x1 = Math.max(x1, last + 1);
  }
  return y0 < 0 ? NOTHING : cut(mask, { left: x0, top: y0, right: x1, bottom: y1 });
}

/** A part of a mask, 0 where it does not reach. */
export function cut(mask: SoftMask, { left, top, right, bottom }: Rect): SoftMask {
  const width = right - left;
  const height = bottom - top;
  if (mask.x === left && mask.y === top && mask.width === width && mask.height === height) return mask;
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) readRow(mask, left, top + y, data.subarray(y * width, (y + 1) * width));
  return { x: left, y: top, width, height, data };
}

export function inverted(mask: SoftMask): SoftMask {
  return { ...mask, data: mask.data.map((value) => 255 - value) };
}

/** Whether two masks cover the same, whatever their bounds; `tolerance` for a host that stores other depths. */
export function isSame(a: SoftMask, b: SoftMask, tolerance: number): boolean {
  const area = around(a, b);
  const width = area.right - area.left;
  const rowA = new Uint8Array(width);
  const rowB = new Uint8Array(width);
  for (let y = area.top; y < area.bottom; y++) {
    readRow(a, area.left, y, rowA);
    readRow(b, area.left, y, rowB);
    for (let x = 0; x < width; x++) if (Math.abs(rowA[x] - rowB[x]) > tolerance) return false;
  }
  return true;
}
