import type { LowResLogits, Placement } from "../types.js";
import { type GridPieces, type GridWindow, piecesOf } from "./pieces.js";

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

/** The cells of low-res logits that show the picture. */
export function contentCells(
  { width, height }: Pick<LowResLogits, "width" | "height">,
  { content, input }: Pick<Placement, "content" | "input">,
): { readonly width: number; readonly height: number } {
  const cells = (length: number, all: number) => Math.min(all, Math.max(1, Math.ceil((length * all) / input)));
  return { width: cells(content.width, width), height: cells(content.height, height) };
}

/**
 * Takes a mask's crumbs away: a component (8-connected) stays only if it holds a prompt's point or a logit over half of the
 * mask's highest; then holes (4-connected, not at the picture's rim) under 1 % of what is left are filled. Cells that
 * change sides are mirrored at the threshold, so that upscaling draws no edge through them.
 * @returns the logits themselves where nothing has to change, else a copy; and the specks they had.
 */
export function tidyLogits(
  logits: LowResLogits,
  options: CleanOptions,
): { readonly logits: LowResLogits; readonly specks: number } {
  const { threshold, content } = options;
  const window = { ...content, stride: logits.width };
  const found = piecesOf(logits.data, window, threshold, "as-upscaled");
  const stays = stayingPieces(found, window, options);
  const kept = stays.includes(false) ? mirrored(logits, found, threshold, (piece) => !stays[piece]) : logits;
  const area = found.pieces.reduce((sum, { isAbove, area }, i) => sum + (isAbove && stays[i] ? area : 0), 0);
  const after = kept === logits ? found : piecesOf(kept.data, window, threshold, "as-upscaled");
  const small = after.pieces.map((piece) => !piece.isAbove && !piece.atRim && piece.area < SMALL_HOLE * area);
  const filled = small.includes(true) ? mirrored(kept, after, threshold, (piece) => small[piece]) : kept;
  const all = found.isTorn ? piecesOf(logits.data, window, threshold) : found;
  return { logits: filled, specks: specksOf(all) };
}

/** The logits of `tidyLogits` alone. */
export function cleanLogits(logits: LowResLogits, options: CleanOptions): LowResLogits {
  return tidyLogits(logits, options).logits;
}

/**
 * How ragged a mask is: its islands (8-connected, all components but the largest) and holes (4-connected, not at the picture's rim)
 * of more than 3 cells.
 */
export function countSpecks(logits: LowResLogits, { threshold, content }: Omit<CleanOptions, "points">): number {
  return specksOf(piecesOf(logits.data, { ...content, stride: logits.width }, threshold));
}

function specksOf({ pieces }: GridPieces): number {
  const large = pieces.filter(({ area }) => area > TINY);
  const islands = large.filter(({ isAbove }) => isAbove).length;
  const holes = large.filter(({ isAbove, atRim }) => !isAbove && !atRim).length;
  return Math.max(0, islands - 1) + holes;
}

/** By piece, whether it stays on its side; those below the threshold do. */
function stayingPieces(
  { pieces, start, end, piece }: GridPieces,
  { width, height, stride }: GridWindow,
  { threshold, points }: CleanOptions,
): boolean[] {
  const highest = pieces.reduce((most, { peak }) => Math.max(most, peak), Number.NEGATIVE_INFINITY);
  const least = SURE * (highest - threshold);
  const stays = pieces.map(({ isAbove, peak }) => !isAbove || peak - threshold > least);
  const clamp = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
  for (const { x, y } of points) {
    const cell = clamp(y, height) * stride + clamp(x, width);
    const at = start.findIndex((from, i) => from <= cell && cell < end[i]);
    if (at >= 0) stays[piece[at]] = true;
  }
  return stays;
}

/** A copy in which the cells of chosen pieces are on the threshold's other side, as far from it. */
function mirrored(
  logits: LowResLogits,
  { start, end, piece }: GridPieces,
  threshold: number,
  isChosen: (piece: number) => boolean,
): LowResLogits {
  const data = logits.data.slice();
  for (let k = 0; k < start.length; k++) {
    if (!isChosen(piece[k])) continue;
    for (let i = start[k]; i < end[k]; i++) {
      const over = data[i] - threshold;
      // A cell on the threshold itself is background, and would stay so.
      data[i] = threshold - (over > 0 ? over : Math.min(over, -LEAST));
    }
  }
  return { ...logits, data };
}
