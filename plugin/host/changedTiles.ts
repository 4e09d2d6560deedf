import type { PixelsOnWire } from "../bridge/index.js";
import { TILE, tileRows } from "../bridge/index.js";

/** A picture as it was last sent, to send of the next one only what differs. */
export interface Sent {
  readonly documentId: number;
  /** The layer it shows alone; null: the composite. */
  readonly layerId: number | null;
  readonly maxSide: number;
  readonly pixels: PixelsOnWire;
}

/**
 * The tiles of `next` that differ from what the page has, or all of it where the two cannot be compared. What is compared
 * is the pixels: no notice of Photoshop's says which of them an act has changed.
 */
export function changesSince(before: PixelsOnWire, next: PixelsOnWire): PixelsOnWire {
  if (!isAlike(before, next)) return next;
  const changed: number[] = [];
  const parts: Uint8Array[] = [];
  const across = Math.ceil(next.width / TILE);
  const tiles = across * Math.ceil(next.height / TILE);
  for (let tile = 0; tile < tiles; tile++) {
    const rows = tileRows(next, tile);
    if (rows.every(([from, to]) => isEqual(before.data, next.data, from, to))) continue;
    changed.push(tile);
    for (const [from, to] of rows) parts.push(next.data.subarray(from, to));
  }
  const data = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { ...next, tiles: Uint32Array.from(changed), data };
}

function isAlike(a: PixelsOnWire, b: PixelsOnWire): boolean {
  const sides = ["x0", "y0", "x1", "y1"] as const;
  const sameSize = a.width === b.width && a.height === b.height && a.channels === b.channels;
  return sameSize && sides.every((side) => a.region[side] === b.region[side]);
}

function isEqual(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false;
  return true;
}
