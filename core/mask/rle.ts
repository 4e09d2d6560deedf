import { invalid } from "../errors.js";
import type { Rle, XywhBox } from "../types.js";
import { RunWriter, validateMaskSize } from "./runs.js";

/** Most bytes `decodeRle` allocates: 1 GiB. */
const MAX_DECODED_BYTES = 2 ** 30;

/**
 * Run lengths of a row-major mask of `width * height` bytes; any value but 0 is foreground.
 * @throws MasksmithError `input` if the sizes do not fit.
 */
export function encodeRle(bytes: Uint8Array, width: number, height: number): Rle {
  validateMaskSize(height, width);
  if (bytes.length !== width * height) throw invalid("mask bytes", `${width * height} long`, bytes.length);
  const runs = new RunWriter();
  for (let x = 0; x < width; x++) {
    const column = x * height;
    for (let y = 0, i = x; y < height; y++, i += width) {
      if (bytes[i] === 0) continue;
      const start = y;
      while (y < height && bytes[i] !== 0) {
        y++;
        i += width;
      }
      runs.add(column + start, column + y);
    }
  }
  return runs.finish(height, width);
}

/**
 * The mask as row-major bytes, 1 for foreground: the whole canvas, or only `box` of it ([x, y, width, height], whole
 * pixels; parts outside the canvas are 0).
 * @throws MasksmithError `input` if the box is not made of integers or the bytes would exceed 1 GiB.
 */
export function decodeRle(rle: Rle, box: XywhBox = [0, 0, rle.size[1], rle.size[0]]): Uint8Array {
  const [left, top, width, height] = box;
  if (!box.every(Number.isInteger) || width < 0 || height < 0)
    throw invalid("box", "[x, y, width, height] in whole pixels", [...box]);
  if (width * height > MAX_DECODED_BYTES)
    throw invalid("decoded mask", `at most ${MAX_DECODED_BYTES} bytes`, `${width}x${height}`);
  const bytes = new Uint8Array(width * height);
  const bottom = Math.min(top + height, rle.size[0]);
  let first = height;
  let last = 0;
  // Only the ends of runs are written column by column, which memory is slow at; then a pass down the rows fills them.
  forEachPiece(rle, left, left + width, (x, y0, y1) => {
    if (y0 >= bottom || y1 <= top) return;
    const start = Math.max(y0, top) - top;
    const end = y1 - top;
    bytes[start * width + x - left] ^= 1;
    if (end < height) bytes[end * width + x - left] ^= 1;
    first = Math.min(first, start);
    last = Math.max(last, Math.min(end + 1, height));
  });
  toggleDown(bytes, width, first + 1, last);
  return bytes;
}

/** Turns marks where a column changes into values, for the rows first..last (exclusive): each is toggled by the row above. */
function toggleDown(bytes: Uint8Array, width: number, first: number, last: number): void {
  const end = last * width;
  let i = first * width;
  if (width >= 4) {
    const words = new DataView(bytes.buffer);
    for (; i + 4 <= end; i += 4) words.setUint32(i, words.getUint32(i, true) ^ words.getUint32(i - width, true), true);
  }
  for (; i < end; i++) bytes[i] ^= bytes[i - width];
}

/** Number of foreground pixels. */
export function rleArea({ counts }: Rle): number {
  let area = 0;
  for (let i = 1; i < counts.length; i += 2) area += counts[i];
  return area;
}

/** The foreground's bounds, [x, y, width, height], as pycocotools `toBbox`; all zeros for an empty mask. */
export function rleBox({ size: [height], counts }: Rle): XywhBox {
  let first = -1;
  let last = -1;
  let top = height;
  let bottom = -1;
  for (let i = 1, start = counts[0]; i < counts.length; start += counts[i] + (counts[i + 1] ?? 0), i += 2) {
    if (counts[i] === 0) continue;
    const x0 = Math.floor(start / height);
    const x1 = Math.floor((start + counts[i] - 1) / height);
    if (first < 0) first = x0;
    last = x1;
    top = Math.min(top, x0 < x1 ? 0 : start - x0 * height);
    bottom = Math.max(bottom, x0 < x1 ? height - 1 : start + counts[i] - 1 - x0 * height);
  }
  return first < 0 ? [0, 0, 0, 0] : [first, top, last - first + 1, bottom - top + 1];
}

/** Whether the pixel under a point is foreground; x and y in pixels of the mask. Walks the runs: no mask is made. */
export function rleCovers({ size: [height, width], counts }: Rle, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  const position = Math.floor(x) * height + Math.floor(y);
  for (let i = 0, end = 0; i < counts.length; i++) {
    end += counts[i];
    if (position < end) return i % 2 === 1;
  }
  return false;
}

/** Whether no pixel is foreground. */
export function isEmptyRle({ counts }: Rle): boolean {
  for (let i = 1; i < counts.length; i += 2) if (counts[i] > 0) return false;
  return true;
}

/** A mask without foreground. */
export function emptyRle(width: number, height: number): Rle {
  validateMaskSize(height, width);
  return new RunWriter().finish(height, width);
}

/** Calls back with every foreground piece of the columns x0..x1 (exclusive): column and rows [y0, y1). */
function forEachPiece(rle: Rle, x0: number, x1: number, piece: (x: number, y0: number, y1: number) => void): void {
  const { counts } = rle;
  const height = rle.size[0];
  const stop = x1 * height;
  for (let i = 1, start = counts[0]; i < counts.length; start += counts[i] + (counts[i + 1] ?? 0), i += 2) {
    if (start >= stop) return;
    const end = Math.min(start + counts[i], stop);
    for (let from = Math.max(start, x0 * height); from < end; ) {
      const x = Math.floor(from / height);
      const to = Math.min(end, (x + 1) * height);
      piece(x, from - x * height, to - x * height);
      from = to;
    }
  }
}
