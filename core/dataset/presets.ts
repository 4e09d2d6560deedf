import type { AutoOptions } from "../auto/options.js";
import { DUPLICATE_IOU, type MaskFilter } from "./filter.js";

/**
 * The data engine's fully automatic stage, with which SA-1B was made (Segment Anything, section 4 and appendix B): 32x32
 * points on the picture, 16x16 and 8x8 on 2x2 and 4x4 overlapping crops; predicted IoU above 0.88; stability of at least
 * 0.95 between thresholds 1 below and 1 above; box NMS at 0.7 inside and across crops; islands and holes under 100 pixels
 * removed. The overlap of crops is the official code's (512 of 1500).
 */
export const SA1B_GENERATOR = {
  pointsPerSide: 32,
  predIouThresh: 0.88,
  stabilityScoreThresh: 0.95,
  stabilityScoreOffset: 1,
  boxNmsThresh: 0.7,
  cropNLayers: 2,
  cropNmsThresh: 0.7,
  cropOverlapRatio: 512 / 1500,
  cropNPointsDownscaleFactor: 2,
  minMaskRegionArea: 100,
} as const satisfies AutoOptions;

/**
 * What the paper removes after that: masks of 95 % of the picture or more, and masks whose largest component has under
 * 100 pixels (the official code keeps that one component, so the rest of such a mask is its area). The limit for
 * duplicates is not the paper's; box NMS leaves hardly any.
 */
export const SA1B_FILTER: MaskFilter = { minArea: 100, maxAreaShare: 0.95, duplicateIou: DUPLICATE_IOU };
