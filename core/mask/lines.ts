import type { LowResLogits, Placement } from "../types.js";
import { type AxisPlan, upscalePlan } from "./interpolation.js";

/**
 * Reads the upscaled logits one line of region pixels at a time, a column or a row: first the line's profile, that is its
 * value at each low-res sample along it (a weighted sum of at most four low-res lines), then, from that, what is asked.
 */
export class LineReader {
  /** The axis along which a line runs. */
  readonly along: AxisPlan;
  /** The axis on which lines are numbered. */
  readonly across: AxisPlan;
  /** The current line's value at each low-res sample; valid between the samples given to `read`. */
  readonly profile: Float64Array;
  readonly #data: Float32Array;
  readonly #stepAlong: number;
  readonly #stepAcross: number;

  constructor({ width, height, data }: LowResLogits, placement: Placement, lines: "columns" | "rows") {
    const { columns, rows } = upscalePlan(placement, width, height);
    const vertical = lines === "columns";
    this.along = vertical ? rows : columns;
    this.across = vertical ? columns : rows;
    this.profile = new Float64Array(vertical ? height : width);
    this.#data = data;
    this.#stepAlong = vertical ? width : 1;
    this.#stepAcross = vertical ? 1 : width;
  }

  /** Computes `profile` of line `i` for the low-res samples `first` to `last`, both included. */
  read(i: number, first: number, last: number): void {
    const { from, to, share } = this.across;
    this.#weigh(from[i], 1 - share[i], to[i], share[i], first, last, this.profile);
  }

  /** Computes how steep the logits are across line `i`, in logits per region pixel, at the same samples, into `slope`. */
  readSlope(i: number, first: number, last: number, slope: Float64Array): void {
    const { from, to, content, length } = this.across;
    this.#weigh(from[i], -content / length, to[i], content / length, first, last, slope);
  }

  /** Weighted sum of two content lines, each read from the two low-res lines around it. */
  #weigh(a: number, weightA: number, b: number, weightB: number, first: number, last: number, out: Float64Array): void {
    const { lowFrom, lowTo, lowShare } = this.across;
    const data = this.#data;
    const stepAlong = this.#stepAlong;
    const a0 = lowFrom[a] * this.#stepAcross;
    const a1 = lowTo[a] * this.#stepAcross;
    const b0 = lowFrom[b] * this.#stepAcross;
    const b1 = lowTo[b] * this.#stepAcross;
    const weightA1 = weightA * lowShare[a];
    const weightB1 = weightB * lowShare[b];
    const weightA0 = weightA - weightA1;
    const weightB0 = weightB - weightB1;
    for (let k = first, i = first * stepAlong; k <= last; k++, i += stepAlong)
      out[k] = data[i + a0] * weightA0 + data[i + a1] * weightA1 + data[i + b0] * weightB0 + data[i + b1] * weightB1;
  }
}

/** The value at content sample `j` of a profile. */
export function atContent(profile: Float64Array, axis: AxisPlan, j: number): number {
  const value = profile[axis.lowFrom[j]];
  return value + (profile[axis.lowTo[j]] - value) * axis.lowShare[j];
}
