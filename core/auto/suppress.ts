import { removeSmallRegions } from "../mask/index.js";
import { inclusiveBox } from "./boxes.js";
import type { FoundMask, PlacedMask } from "./found.js";
import { nonMaximumSuppression } from "./nms.js";
import type { AutoSettings } from "./options.js";

/** Masks of one crop without duplicates, by falling predicted IoU; equal ones in the order of their ids. */
export function withoutCropDuplicates<M extends Pick<FoundMask, "id" | "box" | "predictedIou">>(
  masks: readonly M[],
  settings: AutoSettings,
): M[] {
  const inOrder = [...masks].sort((a, b) => a.id - b.id);
  return pick(
    inOrder,
    inOrder.map((mask) => mask.predictedIou),
    settings.boxNmsThresh,
  );
}

/**
 * All crops' masks without duplicates between crops, those of smaller crops first.
 * @param crops each crop's masks, as `withoutCropDuplicates` gives them; a lone crop is left as it is.
 */
export function withoutDuplicatesAcross(
  crops: readonly (readonly PlacedMask[])[],
  settings: AutoSettings,
): PlacedMask[] {
  const all = crops.flat();
  if (crops.length < 2) return all;
  const scores = all.map(({ crop }) => Math.fround(1 / ((crop.x1 - crop.x0) * (crop.y1 - crop.y0))));
  return pick(all, scores, settings.cropNmsThresh);
}

/**
 * Fills small holes and drops small islands, then suppresses what has become a duplicate; masks that needed no change come
 * first (`postprocess_small_regions`).
 */
export function withoutSmallRegions(masks: readonly PlacedMask[], settings: AutoSettings): PlacedMask[] {
  const { minMaskRegionArea, boxNmsThresh, cropNmsThresh } = settings;
  if (minMaskRegionArea === 0) return [...masks];
  const cleaned = masks.map((found) => {
    const holes = removeSmallRegions(found.mask, minMaskRegionArea, "holes");
    const islands = removeSmallRegions(holes.mask, minMaskRegionArea, "islands");
    if (!holes.changed && !islands.changed) return found;
    return { ...found, mask: islands.mask, box: inclusiveBox(islands.mask) };
  });
  const unchanged = cleaned.map((found, i) => (found === masks[i] ? 1 : 0));
  return pick(cleaned, unchanged, Math.max(boxNmsThresh, cropNmsThresh));
}

function pick<M extends Pick<FoundMask, "box">>(
  masks: readonly M[],
  scores: readonly number[],
  threshold: number,
): M[] {
  const boxes = masks.map((mask) => mask.box);
  return nonMaximumSuppression(boxes, scores, threshold).map((i) => masks[i]);
}
