import { invalid } from "../errors.js";
import { rleIou } from "../mask/index.js";
import type { ObjectMask, Rle, XywhBox } from "../types.js";

/** Mask IoU from which two masks are the same object. */
export const DUPLICATE_IOU = 0.85;

/** Which masks of a picture stay. Bounds are inclusive; what is left out does not filter. */
export interface MaskFilter {
  /** Least predicted IoU, 0..1. */
  readonly minPredictedIou?: number;
  /** Least stability score, 0..1. */
  readonly minStabilityScore?: number;
  /** Least area, in pixels. */
  readonly minArea?: number;
  /** Share of the picture, 0..1, from which on a mask is dropped as one of the whole picture. */
  readonly maxAreaShare?: number;
  /** Mask IoU, 0..1, from which on the mask with the lower predicted IoU is dropped as a duplicate. */
  readonly duplicateIou?: number;
}

const RANGES: Readonly<Record<keyof MaskFilter, number>> = {
  minPredictedIou: 1,
  minStabilityScore: 1,
  minArea: Number.MAX_SAFE_INTEGER,
  maxAreaShare: 1,
  duplicateIou: 1,
};

/** @throws MasksmithError `input` that names the field and its range. */
export function validateFilter(filter: MaskFilter): void {
  for (const [name, max] of Object.entries(RANGES)) {
    const value = filter[name as keyof MaskFilter];
    if (value === undefined || (value >= 0 && value <= max)) continue;
    throw invalid(name, max === 1 ? "between 0 and 1" : "0 or more", value);
  }
}

/**
 * The masks that pass, in their order. Duplicates are looked for among those that pass the rest, surest first.
 * @throws MasksmithError `input` as `validateFilter`.
 */
export function filterMasks(masks: readonly ObjectMask[], filter: MaskFilter): ObjectMask[] {
  validateFilter(filter);
  const { minPredictedIou = -1, minStabilityScore = -1, minArea = 0, maxAreaShare = 2, duplicateIou } = filter;
  const passed = masks.filter(({ predictedIou, stabilityScore, area, mask: { size } }) => {
    const sure = predictedIou >= minPredictedIou && stabilityScore >= minStabilityScore;
    return sure && area >= minArea && area < maxAreaShare * size[0] * size[1];
  });
  return duplicateIou === undefined ? passed : withoutDuplicates(passed, duplicateIou);
}

/** Keeps of masks with IoU of at least `threshold` the surest; of equally sure ones the first. */
export function withoutDuplicates(masks: readonly ObjectMask[], threshold: number): ObjectMask[] {
  const surest = [...masks.keys()].sort((i, j) => masks[j].predictedIou - masks[i].predictedIou || i - j);
  const kept = new Set<ObjectMask>();
  for (const i of surest) {
    if (!duplicatesAny(masks[i], kept, threshold)) kept.add(masks[i]);
  }
  return masks.filter((mask) => kept.has(mask));
}

interface Shape {
  readonly mask: Rle;
  readonly area: number;
  readonly bbox: XywhBox;
}

/** Whether the mask's IoU with one of the others is at least `threshold`. Empty masks duplicate nothing. */
export function duplicatesAny(mask: Shape, others: Iterable<Shape>, threshold: number): boolean {
  for (const other of others) {
    if (iouBound(mask, other) >= threshold && rleIou(mask.mask, other.mask) >= threshold) return true;
  }
  return false;
}

/** The most that the IoU can be, by areas and bounding boxes. */
function iouBound(a: Shape, b: Shape): number {
  const width = Math.min(a.bbox[0] + a.bbox[2], b.bbox[0] + b.bbox[2]) - Math.max(a.bbox[0], b.bbox[0]);
  const height = Math.min(a.bbox[1] + a.bbox[3], b.bbox[1] + b.bbox[3]) - Math.max(a.bbox[1], b.bbox[1]);
  if (width <= 0 || height <= 0) return -1;
  const shared = Math.min(a.area, b.area, width * height);
  return shared / (a.area + b.area - shared);
}
