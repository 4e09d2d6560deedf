import type { Pixels } from "./halve.js";

/** Rows [y0, y1) of a source, cut to the columns asked for at the start. */
export type ReadRows = (y0: number, y1: number) => Uint8ClampedArray;

/** Pixels of one axis that an output pixel is made of: sources first[i].., with weights weights[i * span ..]. */
interface AxisPlan {
  readonly first: Int32Array;
  readonly span: number;
  readonly weights: Float64Array;
}

/**
 * Area average: output pixel i is the mean of the source over [start + i * step, start + (i + 1) * step), with step >= 1,
 * the ends counted by the share they cover, colour weighted by alpha.
 */
export class AreaResize {
  readonly #columns: AxisPlan;
  readonly #rows: AxisPlan;
  readonly #sourceWidth: number;
  readonly #width: number;
  readonly #height: number;
  readonly #out: Uint8ClampedArray<ArrayBuffer>;

  /** Start and length of the source in its own pixels (fractions allowed), whose pixel 0 is the first one read. */
  constructor(
    source: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
    sourceWidth: number,
    sourceHeight: number,
    width: number,
    height: number,
  ) {
    this.#columns = axisPlan(source.x, source.width, sourceWidth, width);
    this.#rows = axisPlan(source.y, source.height, sourceHeight, height);
    this.#sourceWidth = sourceWidth;
    this.#width = width;
    this.#height = height;
    this.#out = new Uint8ClampedArray(width * height * 4);
  }

  get result(): Pixels {
    return { width: this.#width, height: this.#height, data: this.#out };
  }

  /** Makes output rows [from, to). */
  run(from: number, to: number, read: ReadRows): void {
    const { first, span, weights } = this.#rows;
    const across = new Float64Array(this.#width * 4);
    const sums = new Float64Array(this.#width * 4);
    for (let row = from; row < to; row++) {
      sums.fill(0);
      for (let k = 0; k < span; k++) {
        const weight = weights[row * span + k];
        if (weight === 0) continue;
        const y = first[row] + k;
        this.#sumRow(read(y, y + 1), across);
        for (let i = 0; i < sums.length; i++) sums[i] += across[i] * weight;
      }
      this.#store(sums, row);
    }
  }

  /** Weighted sums along one source row: premultiplied colour and alpha. */
  #sumRow(source: Uint8ClampedArray, across: Float64Array): void {
    const { first, span, weights } = this.#columns;
    across.fill(0);
    for (let x = 0, o = 0; x < this.#width; x++, o += 4) {
      for (let k = 0, i = first[x] * 4; k < span && first[x] + k < this.#sourceWidth; k++, i += 4) {
        const alpha = weights[x * span + k] * source[i + 3];
        across[o] += source[i] * alpha;
        across[o + 1] += source[i + 1] * alpha;
        across[o + 2] += source[i + 2] * alpha;
        across[o + 3] += alpha;
      }
    }
  }

  #store(sums: Float64Array, row: number): void {
    const out = this.#out;
    for (let i = 0, o = row * this.#width * 4; i < sums.length; i += 4, o += 4) {
      const alpha = sums[i + 3];
      if (alpha <= 0) continue;
      out[o] = sums[i] / alpha;
      out[o + 1] = sums[i + 1] / alpha;
      out[o + 2] = sums[i + 2] / alpha;
      out[o + 3] = alpha;
    }
  }
}

function axisPlan(start: number, length: number, sourceLength: number, outLength: number): AxisPlan {
  const step = length / outLength;
  const span = Math.ceil(step) + 1;
  const first = new Int32Array(outLength);
  const weights = new Float64Array(outLength * span);
  for (let i = 0; i < outLength; i++) {
    const from = start + i * step;
    const to = Math.min(start + (i + 1) * step, sourceLength);
    first[i] = Math.floor(from);
    for (let k = 0; k < span; k++) {
      const pixel = first[i] + k;
      weights[i * span + k] = Math.max(Math.min(to, pixel + 1) - Math.max(from, pixel), 0) / (to - from);
    }
  }
  return { first, span, weights };
}
