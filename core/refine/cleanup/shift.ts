import { padSoft } from "../../mask/index.js";
import type { SoftMask } from "../../types.js";

/** Squared distance where there is nothing to be near to. */
const FAR = 1e20;

/**
 * Moves the edge outwards (`distance` > 0) or inwards by so many pixels, its softness kept: a pixel reads the coverage found
 * by going `distance` from it towards the nearest pixel on the edge's other side.
 */
export function shiftEdge(
  soft: SoftMask,
  distance: number,
  document: { readonly width: number; readonly height: number },
): SoftMask {
  if (distance === 0 || soft.width === 0) return soft;
  const wide = padSoft(soft, Math.max(0, Math.ceil(distance)) + 1, document);
  const { width, height } = wide;
  const data = distance > 0 ? wide.data : wide.data.map((value) => 255 - value);
  const grown = grow(data, width, height, Math.abs(distance));
  return { ...wide, data: distance > 0 ? grown : grown.map((value) => 255 - value) };
}

function grow(data: Uint8Array, width: number, height: number, distance: number): Uint8Array {
  const nearest = nearestCovered(data, width, height);
  const grown = data.slice();
  if (nearest[0] < 0) return grown;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] === 255 || nearest[i] === i) continue;
      const dx = (nearest[i] % width) - x;
      const dy = Math.floor(nearest[i] / width) - y;
      const share = Math.min(1, distance / Math.hypot(dx, dy));
      grown[i] = Math.max(data[i], sample(data, width, height, x + dx * share, y + dy * share));
    }
  }
  return grown;
}

function sample(data: Uint8Array, width: number, height: number, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = Math.min(width - 1, left + 1);
  const bottom = Math.min(height - 1, top + 1) * width;
  const fx = x - left;
  const upper = data[top * width + left] * (1 - fx) + data[top * width + right] * fx;
  const lower = data[bottom + left] * (1 - fx) + data[bottom + right] * fx;
  return Math.round(upper + (lower - upper) * (y - top));
}

/**
 * For each pixel the index of the nearest one that is fully covered, -1 everywhere if none is: the exact Euclidean feature
 * transform by lower envelopes of parabolas (Felzenszwalb, Huttenlocher: Distance Transforms of Sampled Functions, 2012).
 */
export function nearestCovered(data: Uint8Array, width: number, height: number): Int32Array {
  const rows = new Int32Array(width * height).fill(-1);
  for (let x = 0; x < width; x++) nearestInColumn(data, width, height, x, rows);
  const nearest = new Int32Array(width * height);
  const envelope = new Envelope(width);
  for (let y = 0; y < height; y++) {
    const at = y * width;
    for (let x = 0; x < width; x++) envelope.heights[x] = rows[at + x] < 0 ? FAR : (rows[at + x] - y) ** 2;
    envelope.find(width);
    for (let x = 0; x < width; x++) {
      const column = envelope.owner[x];
      nearest[at + x] = rows[at + column] < 0 ? -1 : rows[at + column] * width + column;
    }
  }
  return nearest;
}

/** Row of the nearest covered pixel in the same column, -1 if there is none. */
function nearestInColumn(data: Uint8Array, width: number, height: number, x: number, rows: Int32Array): void {
  let last = -1;
  for (let y = 0, i = x; y < height; y++, i += width) {
    if (data[i] === 255) last = y;
    rows[i] = last;
  }
  last = -1;
  for (let y = height - 1, i = y * width + x; y >= 0; y--, i -= width) {
    if (data[i] === 255) last = y;
    if (last >= 0 && (rows[i] < 0 || last - y < y - rows[i])) rows[i] = last;
  }
}

/** Lower envelope of the parabolas heights[q] + (x - q)^2. */
class Envelope {
  readonly heights: Float64Array;
  /** At x: the q whose parabola is lowest. */
  readonly owner: Int32Array;
  readonly #vertices: Int32Array;
  readonly #starts: Float64Array;

  constructor(length: number) {
    this.heights = new Float64Array(length);
    this.owner = new Int32Array(length);
    this.#vertices = new Int32Array(length);
    this.#starts = new Float64Array(length + 1);
  }

  find(length: number): void {
    const vertices = this.#vertices;
    const starts = this.#starts;
    let k = 0;
    vertices[0] = 0;
    starts[0] = Number.NEGATIVE_INFINITY;
    for (let q = 1; q < length; q++) {
      let start = this.#crossing(vertices[k], q);
      while (k > 0 && start <= starts[k]) start = this.#crossing(vertices[--k], q);
      vertices[++k] = q;
      starts[k] = start;
    }
    starts[k + 1] = Number.POSITIVE_INFINITY;
    for (let x = 0, at = 0; x < length; x++) {
      while (starts[at + 1] < x) at++;
      this.owner[x] = vertices[at];
    }
  }

  #crossing(p: number, q: number): number {
    return (this.heights[q] + q * q - this.heights[p] - p * p) / (2 * (q - p));
  }
}
