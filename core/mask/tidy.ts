import type { LowResLogits, Placement, Point, Rle, SoftMask } from "../types.js";
import { contentCells, countSpecks, tidyLogits } from "./clean.js";
import { removeSmallRegions } from "./components.js";
import { rleCovers } from "./rle.js";
import { softened } from "./soft.js";
import { softWithChanges } from "./softRegions.js";
import { logitsToRle } from "./upscale.js";

/** Islands and holes of fewer cells than this are what upscaling tears off or closes: a bridge of a cell may end up thinner than a pixel. */
const CRUMB_CELLS = 4;

/** A mask of the model in document pixels. */
export interface ModelMask {
  readonly mask: Rle;
  /** Only if asked for; a pixel of `mask` has 128 or more, any other less. */
  readonly soft?: SoftMask;
  /** What they were made from, to be given as prompt. */
  readonly logits: LowResLogits;
  /** How ragged the model's own mask was, see `countSpecks`. */
  readonly specks: number;
}

/** Where a mask's edge is, and whether its soft coverage is asked for. */
interface DrawOptions {
  readonly threshold: number;
  readonly soft?: boolean;
}

/**
 * The mask of low-res logits without crumbs: cleaned on their own grid (`tidyLogits`), upscaled (`logitsToRle`, `logitsToSoft`),
 * then rid of islands and holes of under four cells.
 * @param foreground the prompt's points: what holds one is kept.
 * @throws MasksmithError `input` as `logitsToRle`.
 */
export function tidyMask(
  own: LowResLogits,
  placement: Placement,
  foreground: readonly Point<"model">[],
  { threshold, soft: wantsSoft = false }: DrawOptions,
): ModelMask {
  const scale = own.width / placement.input;
  const points = foreground.map(({ x, y }) => ({ x: x * scale, y: y * scale }));
  const { logits, specks } = tidyLogits(own, { threshold, content: contentCells(own, placement), points });
  const upscaled = logitsToRle(logits, placement, threshold);
  const least = CRUMB_CELLS * cellArea(own, placement);
  const whole = removeSmallRegions(upscaled, least, "holes").mask;
  const alone = removeSmallRegions(whole, least, "islands").mask;
  const isAsked =
    alone !== whole && foreground.some((at) => holds(whole, at, placement) && !holds(alone, at, placement));
  const mask = isAsked ? whole : alone;
  if (!wantsSoft) return { mask, logits, specks };
  let soft = softened(upscaled, logits, placement, threshold);
  if (whole !== upscaled) soft = softWithChanges(soft, upscaled, whole, "holes");
  if (mask !== whole) soft = softWithChanges(soft, whole, mask, "islands");
  return { mask, soft, logits, specks };
}

/** The mask of low-res logits exactly as they are. @throws MasksmithError `input` as `logitsToRle`. */
export function rawMask(
  logits: LowResLogits,
  placement: Placement,
  { threshold, soft = false }: DrawOptions,
): ModelMask {
  const mask = logitsToRle(logits, placement, threshold);
  const specks = countSpecks(logits, { threshold, content: contentCells(logits, placement) });
  return { mask, logits, specks, ...(soft ? { soft: softened(mask, logits, placement, threshold) } : {}) };
}

/** Document pixels that a cell of the logits covers. */
function cellArea({ width }: LowResLogits, { region, content, input }: Placement): number {
  const across = ((region.x1 - region.x0) / content.width) * (input / width);
  const down = ((region.y1 - region.y0) / content.height) * (input / width);
  return across * down;
}

/** Whether the mask has the pixel that a point of the model's frame lies on. */
function holds(mask: Rle, { x, y }: Point<"model">, { region, content }: Placement): boolean {
  const along = (at: number, length: number, from: number, to: number) =>
    Math.max(from, Math.min(to - 1, from + Math.floor((at / length) * (to - from))));
  const column = along(x, content.width, region.x0, region.x1);
  const row = along(y, content.height, region.y0, region.y1);
  return rleCovers(mask, column, row);
}
