import { invalid } from "../errors.js";
import type { Rle } from "../types.js";

/** Most pixels a mask's canvas may have: keeps every position and difference of run lengths in 31 bits. */
const MAX_MASK_PIXELS = 2 ** 31 - 1;

/** @throws MasksmithError `input` unless both sides are positive integers with at most 2^31 - 1 pixels together. */
export function validateMaskSize(height: unknown, width: unknown): void {
  if (!isSide(height)) throw invalid("mask height", "a positive integer", height);
  if (!isSide(width)) throw invalid("mask width", "a positive integer", width);
  if (height * width > MAX_MASK_PIXELS)
    throw invalid("mask size", `at most ${MAX_MASK_PIXELS} pixels`, `${width}x${height}`);
}

/**
 * Collects foreground runs [start, end) of column-major positions, in ascending order, into an RLE. Empty runs are
 * skipped and touching ones joined, so the result is canonical: no count but the first is 0.
 */
export class RunWriter {
  #ends = new Uint32Array(256);
  #length = 0;

  add(start: number, end: number): void {
    if (start >= end) return;
    if (this.#length > 0 && this.#ends[this.#length - 1] === start) {
      this.#ends[this.#length - 1] = end;
      return;
    }
    if (this.#length + 2 > this.#ends.length) this.#grow();
    this.#ends[this.#length++] = start;
    this.#ends[this.#length++] = end;
  }

  finish(height: number, width: number): Rle {
    const total = height * width;
    const closed = this.#length > 0 && this.#ends[this.#length - 1] === total;
    const counts = new Uint32Array(closed ? this.#length : this.#length + 1);
    let last = 0;
    for (let i = 0; i < this.#length; i++) {
      counts[i] = this.#ends[i] - last;
      last = this.#ends[i];
    }
    if (!closed) counts[this.#length] = total - last;
    return { size: [height, width], counts };
  }

  #grow(): void {
    const larger = new Uint32Array(this.#ends.length * 2);
    larger.set(this.#ends);
    this.#ends = larger;
  }
}

/**
 * The foreground cut at column borders, in order: piece i covers rows y0[i]..y1[i] (exclusive) of column x[i]. The pieces
 * of column c are first[c - x0]..first[c - x0 + 1] (exclusive), for columns x0..x1 (exclusive), the mask's first to last.
 */
export interface ColumnPieces {
  readonly count: number;
  readonly x0: number;
  readonly x1: number;
  readonly x: Int32Array;
  readonly y0: Int32Array;
  readonly y1: Int32Array;
  readonly first: Int32Array;
}

export function columnPieces({ size: [height], counts }: Rle): ColumnPieces {
  const most = countPieces(counts, height);
  const x = new Int32Array(most);
  const y0 = new Int32Array(most);
  const y1 = new Int32Array(most);
  let count = 0;
  for (let i = 1, position = counts[0]; i < counts.length; position += counts[i] + (counts[i + 1] ?? 0), i += 2) {
    const end = position + counts[i];
    for (let from = position; from < end; ) {
      const column = Math.floor(from / height);
      const to = Math.min(end, (column + 1) * height);
      // Runs with nothing between them, which other writers leave, are one piece.
      const touches = count > 0 && x[count - 1] === column && y1[count - 1] === from - column * height;
      const piece = touches ? count - 1 : count++;
      if (!touches) {
        x[piece] = column;
        y0[piece] = from - column * height;
      }
      y1[piece] = to - column * height;
      from = to;
    }
  }
  return { count, x, y0, y1, ...columnStarts(x, count) };
}

function columnStarts(x: Int32Array, count: number): Pick<ColumnPieces, "x0" | "x1" | "first"> {
  const x0 = count > 0 ? x[0] : 0;
  const x1 = count > 0 ? x[count - 1] + 1 : 0;
  const first = new Int32Array(x1 - x0 + 1);
  for (let i = 0; i < count; i++) first[x[i] - x0 + 1]++;
  for (let i = 1; i < first.length; i++) first[i] += first[i - 1];
  return { x0, x1, first };
}

function countPieces(counts: Uint32Array, height: number): number {
  let pieces = 0;
  for (let i = 1, position = counts[0]; i < counts.length; position += counts[i] + (counts[i + 1] ?? 0), i += 2) {
    if (counts[i] > 0) pieces += Math.floor((position + counts[i] - 1) / height) - Math.floor(position / height) + 1;
  }
  return pieces;
}

function isSide(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1;
}
