import type { Likeness } from "./measures.js";

/** One row of the evaluation: means over all clicks or boxes, or a matting error. Shares and IoUs are 0..1. */
export interface EvalRow {
  readonly name: string;
  /** IoU with the region that is most likely meant. */
  readonly miou?: number;
  readonly boundary_iou?: number;
  /** Share whose IoU with any of the regions is 0.8 or more, and that of those with two specks at most. */
  readonly usable?: number;
  readonly usable_clean?: number;
  /** IoU with the nearest of the regions. */
  readonly any?: number;
  /** Islands and holes over 3 pixels. */
  readonly specks?: number;
  /** Usable answers of the plain row that this one loses, and those that it wins, of all. */
  readonly harm?: number;
  readonly gain?: number;
  readonly usable_interval?: Interval;
  readonly usable_clean_interval?: Interval;
  readonly any_interval?: Interval;
  readonly specks_interval?: Interval;
  readonly harm_interval?: Interval;
  readonly gain_interval?: Interval;
  /** Mean absolute alpha error in the trimap's unknown part. */
  readonly error?: number;
}

/** 95 % of what samples of this size give. */
export type Interval = readonly [low: number, high: number];

/** One answer measured, and the picture it is of. */
export interface Measured extends Likeness {
  readonly image: string;
}

const USABLE = 0.8;
const MOST_SPECKS = 2;
const RESAMPLES = 1000;

function isUsable({ any }: Likeness): boolean {
  return any >= USABLE;
}

/** @param plain the row that harm and gain are counted against, answer by answer. */
export function toRow(name: string, all: readonly Measured[], plain: readonly Measured[]): EvalRow {
  const share = (is: boolean) => (is ? 1 : 0);
  const values: Readonly<Record<string, readonly number[]>> = {
    usable: all.map((answer) => share(isUsable(answer))),
    usable_clean: all.map((answer) => share(isUsable(answer) && answer.specks <= MOST_SPECKS)),
    any: all.map(({ any }) => any),
    specks: all.map(({ specks }) => specks),
    harm: all.map((answer, i) => share(isUsable(plain[i]) && !isUsable(answer))),
    gain: all.map((answer, i) => share(!isUsable(plain[i]) && isUsable(answer))),
  };
  const pictures = byPicture(all);
  const measures = Object.entries(values).flatMap(([key, list]) => [
    [key, mean(list)],
    [`${key}_interval`, interval(list, pictures)],
  ]);
  const likeness = { miou: mean(all.map(({ iou }) => iou)), boundary_iou: mean(all.map((each) => each.boundaryIou)) };
  return { name, ...likeness, ...Object.fromEntries(measures) };
}

/** Indices of the answers, picture by picture. */
function byPicture(all: readonly Measured[]): number[][] {
  const pictures = new Map<string, number[]>();
  all.forEach(({ image }, i) => {
    pictures.set(image, [...(pictures.get(image) ?? []), i]);
  });
  return [...pictures.values()];
}

/** Bootstrap over pictures, since clicks in one picture are not independent. The same draws each time. */
function interval(values: readonly number[], pictures: readonly (readonly number[])[]): Interval {
  const random = mulberry32(1);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    let count = 0;
    for (let k = 0; k < pictures.length; k++) {
      const drawn = pictures[Math.floor(random() * pictures.length)];
      for (const i of drawn) sum += values[i];
      count += drawn.length;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  return [means[Math.floor(0.025 * RESAMPLES)], means[Math.ceil(0.975 * RESAMPLES) - 1]];
}

/** A small generator of numbers in 0..1 (Tommy Ettinger's mulberry32). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
