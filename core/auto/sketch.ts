import type { LowResLogits } from "../types.js";

/**
 * A mask as bits on the grid of the embedding's positions (16 pixels of the model's input a cell): enough to tell whether
 * two masks are the same object, and a thousand times smaller. Rows of `width` bits, packed without gaps.
 */
export interface SketchGrid {
  readonly width: number;
  readonly height: number;
  /** 32-bit words a sketch. */
  readonly words: number;
}

export function sketchGrid(width: number, height: number): SketchGrid {
  return { width, height, words: Math.ceil((width * height) / 32) };
}

/**
 * Draws one sketch.
 * @param step logits from one cell to the next, @param first logits before the first cell's sample.
 */
export function drawSketch(
  logits: LowResLogits,
  grid: SketchGrid,
  step: number,
  first: number,
  threshold: number,
  out: Uint32Array,
  offset: number,
): void {
  for (let y = 0, bit = 0; y < grid.height; y++) {
    let i = (y * step + first) * logits.width + first;
    for (let x = 0; x < grid.width; x++, bit++, i += step) {
      if (logits.data[i] > threshold) out[offset + (bit >>> 5)] |= 1 << (bit & 31);
    }
  }
}

/** Set bits of each sketch. */
export function sketchAreas(sketches: Uint32Array, words: number): Uint32Array {
  const areas = new Uint32Array(words > 0 ? sketches.length / words : 0);
  for (let i = 0; i < sketches.length; i++) areas[Math.floor(i / words)] += bitCount(sketches[i]);
  return areas;
}

/** Number of bits two sketches share. */
export function sharedBits(a: Uint32Array, atA: number, b: Uint32Array, atB: number, words: number): number {
  let shared = 0;
  for (let i = 0; i < words; i++) shared += bitCount(a[atA + i] & b[atB + i]);
  return shared;
}

/** Bits set in 32 (Hacker's Delight, section 5-1). */
function bitCount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
