import { atContent, type LineReader } from "./lines.js";

/** Turns rows of a binary mask into coverage that falls off across the edge, by the logits and their gradient there. */
export class EdgeRamp {
  readonly #reader: LineReader;
  readonly #threshold: number;
  readonly #width: number;
  readonly #start: number;
  readonly #first: number;
  readonly #last: number;
  readonly #slope: Float64Array;
  /** At k + 1: how steep the logits may be between low-res sample k and the next, in logits per pixel. */
  readonly #steepness: Float64Array;

  /**
   * @param reader of rows.
   * @param width of the ramp, in region pixels.
   * @param start the first region pixel of each row; `length` pixels follow from there.
   */
  constructor(reader: LineReader, threshold: number, width: number, start: number, length: number) {
    const { along, profile } = reader;
    this.#reader = reader;
    this.#threshold = threshold;
    this.#width = width;
    this.#start = start;
    this.#first = along.lowFrom[along.from[start]];
    this.#last = along.lowTo[along.to[start + length - 1]];
    this.#slope = new Float64Array(profile.length);
    this.#steepness = new Float64Array(profile.length + 2);
  }

  /** Softens region row `y`, given as 0 and 1, into coverage 0..255. */
  soften(y: number, row: Uint8Array): void {
    this.#reader.read(y, this.#first, this.#last);
    this.#reader.readSlope(y, this.#first, this.#last, this.#slope);
    this.#measureSteepness();
    const { readStart, readEnd } = this.#reader.along;
    const end = this.#start + row.length;
    let i = this.#start;
    for (let k = this.#first; k < this.#last && i < end; k++) {
      if (this.#isFarFromEdge(k)) continue;
      // The next pixels to blend read samples k and k + 1; those before, back to i, only read others far from an edge.
      i = this.#fill(row, i, Math.min(end, readStart[k + 1]));
      i = this.#blend(row, i, Math.min(end, readEnd[k]));
    }
    if (this.#isFarFromEdge(this.#last)) this.#fill(row, i, end);
    else this.#blend(row, i, end);
  }

  #measureSteepness(): void {
    const { along, profile } = this.#reader;
    const slope = this.#slope;
    for (let k = this.#first; k <= this.#last; k++) {
      const next = Math.min(k + 1, this.#last);
      const across = Math.max(Math.abs(slope[k]), Math.abs(slope[next]));
      this.#steepness[k + 1] = hypotenuse(across, (profile[next] - profile[k]) * along.scale);
    }
    this.#steepness[this.#first] = this.#steepness[this.#last + 2] = 0;
  }

  /**
   * Whether nothing between low-res sample k and the next can lie on the ramp. A pixel may reach over to the pair before
   * or after, so their steepness counts too.
   */
  #isFarFromEdge(k: number): boolean {
    const { profile } = this.#reader;
    const here = profile[k] - this.#threshold;
    const next = profile[Math.min(k + 1, this.#last)] - this.#threshold;
    if (here > 0 !== next > 0) return false;
    const steepness = this.#steepness;
    const steepest = Math.max(steepness[k], steepness[k + 1], steepness[k + 2]);
    return Math.min(Math.abs(here), Math.abs(next)) >= (this.#width / 2) * steepest;
  }

  /** Pixels i..end (exclusive) are fully in or out, as the first of them. Returns the pixel reached. */
  #fill(row: Uint8Array, i: number, end: number): number {
    if (i >= end) return i;
    if (row[i - this.#start] !== 0) row.fill(255, i - this.#start, end - this.#start);
    return end;
  }

  /** Computes pixels i..end (exclusive) one by one. Returns the pixel reached. */
  #blend(row: Uint8Array, i: number, end: number): number {
    const { along, profile } = this.#reader;
    const { from, to, share, firstPixel } = along;
    let pixel = i;
    while (pixel < end) {
      const j = from[pixel];
      const next = Math.min(firstPixel[j + 1], end);
      const before = atContent(profile, along, j) - this.#threshold;
      const step = atContent(profile, along, to[pixel]) - this.#threshold - before;
      const slope = atContent(this.#slope, along, j);
      const slopeStep = atContent(this.#slope, along, to[pixel]) - slope;
      const slopeAlong = (step * along.content) / along.length;
      for (; pixel < next; pixel++) {
        const steepness = hypotenuse(slope + slopeStep * share[pixel], slopeAlong);
        const distance = (before + step * share[pixel]) / (steepness * this.#width);
        row[pixel - this.#start] = coverage(distance, row[pixel - this.#start] !== 0);
      }
    }
    return pixel;
  }
}

/** Coverage 0..255 at a signed distance from the edge, in ramp widths; kept on its side of the middle. */
function coverage(distance: number, inside: boolean): number {
  const value = (0.5 + distance) * 255 + 0.5;
  return inside ? Math.max(128, Math.min(255, value)) : Math.max(0, Math.min(127, value));
}

function hypotenuse(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}
