import fc from "fast-check";
import { encodeRle } from "../../core/mask/rle.js";
import type { Rle } from "../../core/types.js";
import { noise } from "./bytes.js";

/** A row-major mask with its size. */
export interface Bits {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array;
}

/** A mask drawn as text: one line a row, "#" is foreground. */
export function drawn(...rows: readonly string[]): Rle {
  const width = rows[0]?.length ?? 0;
  return encodeRle(
    Uint8Array.from(rows.join(""), (c) => (c === "#" ? 1 : 0)),
    width,
    rows.length,
  );
}

/** Any mask up to 14x14, from empty over speckled to full. */
export const anyBits: fc.Arbitrary<Bits> = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 14 }), fc.nat(), fc.integer({ min: 0, max: 256 }))
  .map(([width, height, seed, level]) => bitsOf(width, height, seed, level));

/** Two masks of one size. */
export const anyPair: fc.Arbitrary<readonly [Bits, Bits]> = fc
  .tuple(anyBits, fc.nat(), fc.integer({ min: 0, max: 256 }))
  .map(([a, seed, level]) => [a, bitsOf(a.width, a.height, seed, level)]);

export function bitsOf(width: number, height: number, seed: number, level: number): Bits {
  return { width, height, bytes: noise(width * height, seed).map((value) => (value >= level ? 1 : 0)) };
}

export function rleOf({ width, height, bytes }: Bits): Rle {
  return encodeRle(bytes, width, height);
}
