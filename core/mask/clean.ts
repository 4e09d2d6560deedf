import type { LowResLogits } from "../types.js";
import { type GridWindow, type Pieces, piecesOf } from "./pieces.js";

/** A component without a prompt stays if its highest logit is over this share of the mask's highest. */
const SURE = 0.5;
/** Holes of fewer cells than this share of the mask are filled. */
const SMALL_HOLE = 0.01;
/** Islands and holes of up to so many cells do not count as specks. */
const TINY = 3;

/** How far over the threshold a filled cell is at least. */
const LEAST = 1e-3;

/** What of a mask's logits shows the picture, and what was asked. */
export interface CleanOptions {
  /** Logits above belong to the mask. */
  readonly threshold: number;
  /** Cells that show the picture, from the left upper corner; those beyond are padding and are left as they are. */
  readonly content: { readonly width: number; readonly height: number };
  /** The foreground points of the prompt, in cells: 0..width, 0..height. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

/**
 * Takes a mask's crumbs away: a component (8-connected) stays only if it holds a prompt's point or a logit over half of the
 * mask's highest; then holes (4-connected, not at the picture's rim) under 1 % of what is left are filled. Cells that
 * change sides are mirrored at the threshold, so that upscaling draws no edge through them.
 * @returns the logits themselves where nothing has to change, else a copy.
 */
export function cleanLogits(logits: LowResLogits, options: CleanOptions): LowResLogits {
  const { threshold, content } = options;
  const window = { ...content, stride: logits.width };
  const components = piecesOf(logits.data, window, threshold, true, 8);
  const stays = stayingComponents(logits, components, window, options);
  const kept = stays.includes(false)
    ? mirrored(logits, components, window, threshold, (label) => !stays[label]!)
    : logits;
  const area = components.areas.reduce((sum, own, label) => sum + (stays[label] ? own : 0), 0);
  const gaps = piecesOf(kept.data, window, threshold, false, 4);
  const small = gaps.areas.map((own, label) => !gaps.atRim[label] && own < SMALL_HOLE * area);
  return small.includes(true) ? mirrored(kept, gaps, window, threshold, (label) => small[label]!) : kept;
}

/**
 * How ragged a mask is: its islands (8-connected, all components but the largest) and holes (4-connected, not at the picture's rim)
 * of more than 3 cells.
 */
export function countSpecks(logits: LowResLogits, { threshold, content }: Omit<CleanOptions, "points">): number {
  const window = { ...content, stride: logits.width };
  const { areas } = piecesOf(logits.data, window, threshold, true, 8);
  const gaps = piecesOf(logits.data, window, threshold, false, 4);
  const islands = areas.filter((area) => area > TINY).length;
  const holes = gaps.areas.filter((area, label) => area > TINY && !gaps.atRim[label]).length;
  return Math.max(0, islands - 1) + holes;
}

/** By label, whether the component stays. */
function stayingComponents(
  { data }: LowResLogits,
  { labels, areas }: Pieces,
  { width, height, stride }: GridWindow,
  { threshold, points }: CleanOptions,
): boolean[] {
  const highest = new Float64Array(areas.length).fill(Number.NEGATIVE_INFINITY);
  labels.forEach((label, cell) => {
    if (label < 0) return;
    const value = data[Math.floor(cell / width) * stride + (cell % width)]! - threshold;
    if (value > highest[label]!) highest[label] = value;
  });
  const least = SURE * highest.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const stays = Array.from(highest, (value) => value > least);
  const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
  for (const { x, y } of points) {
    const label = labels[clamp(y, height) * width + clamp(x, width)]!;
    if (label >= 0) stays[label] = true;
  }
  return stays;
}

/** A copy in which the cells of chosen pieces are on the threshold's other side, as far from it. */
function mirrored(
  logits: LowResLogits,
  { labels }: Pieces,
  { width, stride }: GridWindow,
  threshold: number,
  chosen: (label: number) => boolean,
): LowResLogits {
  const data = logits.data.slice();
  labels.forEach((label, cell) => {
    if (label < 0 || !chosen(label)) return;
    const i = Math.floor(cell / width) * stride + (cell % width);
    const over = data[i]! - threshold;
    // A cell on the threshold itself is background, and would stay so.
    data[i] = threshold - (over > 0 ? over : Math.min(over, -LEAST));
  });
  return { ...logits, data };
}
