import { contentCells, countSpecks, logitsToRle, rleArea, stabilityScore, tidyMask } from "../mask/index.js";
import type { Manifest } from "../model/manifest.js";
import { documentToModel } from "../prompt/transform.js";
import type { LowResLogits, Placement, Point } from "../types.js";
import { inclusiveBox } from "./boxes.js";
import { type Crop, isNearCropEdge } from "./crops.js";
import type { FoundMask } from "./found.js";
import { LEAST_SHARE, MOST_SPECKS } from "./objects/index.js";
import type { AutoSettings } from "./options.js";

/** The settings that decide on one mask alone. */
export type MaskFilterSettings = Pick<
  AutoSettings,
  "predIouThresh" | "stabilityScoreThresh" | "stabilityScoreOffset" | "ranked"
>;

/** What every mask of a crop is judged by. */
export interface MaskCriteria {
  readonly placement: Placement;
  readonly crop: Crop;
  readonly settings: MaskFilterSettings;
  readonly masks: Manifest["masks"];
}

/** Whether a predicted IoU passes; a threshold of 0 lets all pass, as in the original. */
export function passesIou(predictedIou: number, { predIouThresh }: MaskFilterSettings): boolean {
  return predIouThresh === 0 || predictedIou > predIouThresh;
}

/**
 * Judges one mask whose predicted IoU has passed. Cheap tests come first: a stability far below the threshold shows in the
 * low-res samples already, and only a mask that is stable enough at full size is made.
 * @returns its stability (the most it can be, if that is too low already), and the mask, if it passes: stable, not empty,
 * and not cut off by its crop.
 */
export function judgeMask(
  logits: LowResLogits,
  criteria: MaskCriteria,
): { readonly stability: number; readonly passed?: Pick<FoundMask, "mask" | "box"> } {
  const { placement, crop, settings, masks } = criteria;
  const { stabilityScoreThresh: least, stabilityScoreOffset: offset } = settings;
  if (least > 0) {
    const most = mostStability(logits, placement, masks.threshold, offset);
    if (most < least) return { stability: most };
  }
  const stability = stabilityScore(logits, placement, masks.threshold, offset);
  if (least > 0 && stability < least) return { stability };
  const mask = logitsToRle(logits, placement, masks.threshold);
  if (mask.counts.length < 2) return { stability };
  const box = inclusiveBox(mask);
  const { width, height } = placement.document;
  if (isNearCropEdge(box, crop, width, height)) return { stability };
  return { stability, passed: { mask, box } };
}

/**
 * Judges one mask for a ranked list: as `judgeMask`, and it has few specks and is no detail. It is cleaned of what crumbs
 * and pinholes it has.
 * @param asked the prompt.
 */
export function judgeObject(
  logits: LowResLogits,
  criteria: MaskCriteria,
  asked: Point<"document">,
): { readonly stability: number; readonly passed?: Pick<FoundMask, "mask" | "box" | "specks"> } {
  const { placement, crop, settings, masks } = criteria;
  const { document } = placement;
  const specks = countSpecks(logits, { threshold: masks.threshold, content: contentCells(logits, placement) });
  const stability =
    specks > MOST_SPECKS ? 0 : stabilityScore(logits, placement, masks.threshold, settings.stabilityScoreOffset);
  if (stability < settings.stabilityScoreThresh || stability === 0) return { stability };
  const { mask } = tidyMask(logits, placement, [documentToModel(asked, placement)], masks);
  if (rleArea(mask) < LEAST_SHARE * document.width * document.height) return { stability };
  const box = inclusiveBox(mask);
  if (isNearCropEdge(box, crop, document.width, document.height)) return { stability };
  return { stability, passed: { mask, box, specks } };
}

/** A picture with fewer pixels than this to a sample, along a side, is judged at full size at once: it costs as little. */
const LEAST_SCALE = 2;

/**
 * How stable a mask can at most be at full size, from its low-res samples: at least what `stabilityScore` gives, for less
 * than a hundredth of its work. A pixel between four samples lies above a cut only if one of the four does, and certainly
 * if all do; so a cut's area is known to within half a sample along its outline (three quarters at a corner).
 */
export function mostStability(
  { width, data }: LowResLogits,
  { content, input, document }: Placement,
  threshold: number,
  offset: number,
): number {
  const columns = Math.ceil((content.width * width) / input);
  const rows = Math.ceil((content.height * width) / input);
  if (document.width < LEAST_SCALE * columns) return 1;
  const inner = areaAbove(data, width, columns, rows, threshold + offset);
  const outer = areaAbove(data, width, columns, rows, threshold - offset);
  const most = inner.area + 0.75 * inner.outline;
  const least = outer.area - 0.5 * outer.outline;
  return most < least ? most / least : 1;
}

/** Samples above a cut, and how often one lies beside another that is not, in samples' sides. */
function areaAbove(data: Float32Array, width: number, columns: number, rows: number, cut: number) {
  let area = 0;
  let outline = 0;
  for (let y = 0; y < rows; y++) {
    let before = data[y * width] > cut;
    for (let x = 0, i = y * width; x < columns; x++, i++) {
      const above = data[i] > cut;
      if (above) area++;
      if (above !== before) outline++;
      if (y > 0 && above !== data[i - width] > cut) outline++;
      before = above;
    }
  }
  return { area, outline };
}
