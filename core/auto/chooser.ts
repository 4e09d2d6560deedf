import type { DecodedPoints } from "./cropTask.js";
import type { ScoutedPoints } from "./scoutedPoints.js";
import { sharedBits, sketchAreas } from "./sketch.js";

/** Sketches with this IoU or more are taken for the same mask. */
const SAME_MASK = 0.8;
/** A point is not worth decoding if fewer new masks than this are expected of it ... */
const WORTH = 0.04;
/** ... or, while few points have been decoded, fewer than this: a picture of few objects must not miss one of them. */
const WORTH_AT_FIRST = 0.01;
/** As shares of all points: up to here few have been decoded; more than this are never. */
const FEW = 0.2;
const MOST = 0.45;

/**
 * Chooses points to decode from what scouting saw, one after the other the point of which most new masks are expected: the
 * sum, over its likely masks, of the likelihood that the mask passes times the probability that it is not found yet. What
 * decoding then shows changes the latter for all points whose likely masks look the same: found is found, and a mask that
 * failed makes the next try at it less promising, the less the further it failed. A greedy set cover with odds.
 */
export class PointChooser {
  readonly #scouted: ScoutedPoints;
  readonly #words: number;
  readonly #areas: Uint32Array;
  /** Probability that a likely mask is not found yet. */
  readonly #missing: Float64Array;
  /** Likely masks of each point. */
  readonly #ofPoint: readonly (readonly number[])[];
  readonly #same = new Map<number, readonly number[]>();
  readonly #chosen: Uint8Array;
  readonly #few: number;
  readonly #most: number;
  #count = 0;
  #first = 0;
  #last = 0;

  /** @param points of the whole grid. */
  constructor(scouted: ScoutedPoints, points: number) {
    this.#scouted = scouted;
    this.#words = scouted.sketches.length / Math.max(1, scouted.indices.length);
    this.#areas = sketchAreas(scouted.sketches, this.#words);
    this.#missing = new Float64Array(scouted.indices.length).fill(1);
    const ofPoint: number[][] = Array.from({ length: points }, () => []);
    for (const [mask, index] of scouted.indices.entries()) ofPoint[index].push(mask);
    this.#ofPoint = ofPoint;
    this.#chosen = new Uint8Array(points);
    this.#few = Math.ceil(points * FEW);
    this.#most = Math.ceil(points * MOST);
  }

  /** The next points, at most `count`, assuming each has its expected success; empty when none is worth it. */
  next(count: number): number[] {
    const missing = this.#missing.slice();
    const points: number[] = [];
    while (points.length < count && this.#count < this.#most) {
      const { point, gain } = this.#best(missing);
      if (gain < (this.#count < this.#few ? WORTH_AT_FIRST : WORTH)) break;
      if (points.length === 0) this.#last = gain;
      points.push(point);
      this.#chosen[point] = 1;
      this.#count++;
      for (const mask of this.#ofPoint[point]) {
        for (const other of this.#alike(mask)) missing[other] *= 1 - this.#scouted.worth[mask];
      }
    }
    this.#first = Math.max(this.#first, this.#last);
    return points;
  }

  /** Takes in what decoding chosen points gave. @param threshold of predicted IoU and of stability. */
  learn(decoded: DecodedPoints, threshold: { readonly predictedIou: number; readonly stability: number }): void {
    const perPoint = decoded.predictedIou.length / Math.max(1, decoded.indices.length);
    for (const [i, point] of decoded.indices.entries()) {
      for (const mask of this.#ofPoint[point]) {
        const at = i * perPoint + this.#scouted.candidates[mask];
        this.#discount(mask, decoded.predictedIou[at], decoded.stability[at], threshold);
      }
    }
    if (this.#words === 0) return;
    const areas = sketchAreas(decoded.sketches, this.#words);
    for (let i = 0; i < areas.length; i++) {
      for (const mask of this.#alikeTo(decoded.sketches, i * this.#words, areas[i])) this.#missing[mask] = 0;
    }
  }

  /** 0..1: how far the expected gain has fallen, on a logarithmic scale, or how many of the points used at least are done. */
  get progress(): number {
    if (this.#first <= WORTH) return 1;
    const fallen = Math.log(this.#first / this.#last) / Math.log(this.#first / WORTH);
    return Math.max(0, Math.min(1, fallen, this.#count / this.#few));
  }

  #best(missing: Float64Array): { point: number; gain: number } {
    const { worth } = this.#scouted;
    let best = { point: -1, gain: 0 };
    for (let point = 0; point < this.#chosen.length; point++) {
      if (this.#chosen[point]) continue;
      let gain = 0;
      for (const mask of this.#ofPoint[point]) gain += worth[mask] * missing[mask];
      if (gain > best.gain) best = { point, gain };
    }
    return best;
  }

  #discount(
    mask: number,
    predictedIou: number,
    stability: number,
    threshold: { readonly predictedIou: number; readonly stability: number },
  ): void {
    const byIou = 3 * (1 - predictedIou / Math.max(1e-6, threshold.predictedIou));
    const byStability = Number.isNaN(stability) ? 0 : threshold.stability - stability;
    const miss = Math.max(byIou, byStability);
    if (miss <= 0) {
      for (const other of this.#alike(mask)) this.#missing[other] = 0;
      return;
    }
    const rest = miss < 0.03 ? 0.8 : miss < 0.1 ? 0.64 : 0.512;
    for (const other of this.#alike(mask)) this.#missing[other] *= rest;
  }

  #alike(mask: number): readonly number[] {
    const known = this.#same.get(mask);
    if (known) return known;
    const found = this.#alikeTo(this.#scouted.sketches, mask * this.#words, this.#areas[mask]);
    this.#same.set(mask, found);
    return found;
  }

  /** The likely masks that look like a sketch. A likely mask looks like itself, be it empty. */
  #alikeTo(sketches: Uint32Array, at: number, area: number): number[] {
    const found: number[] = [];
    const own = sketches === this.#scouted.sketches ? at / this.#words : -1;
    for (let i = 0; i < this.#areas.length; i++) {
      const other = this.#areas[i];
      if (i !== own && Math.min(area, other) < SAME_MASK * Math.max(area, other)) continue;
      const shared = sharedBits(sketches, at, this.#scouted.sketches, i * this.#words, this.#words);
      if (i === own || (shared > 0 && shared >= SAME_MASK * (area + other - shared))) found.push(i);
    }
    return found;
  }
}
