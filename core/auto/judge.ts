import { logitsToRle, stabilityScore } from "../mask/index.js";
import type { LowResLogits } from "../mask/types.js";
import type { Manifest } from "../model/manifest.js";
import type { Placement } from "../prompt/frames.js";
import { inclusiveBox } from "./boxes.js";
import { type Crop, isNearCropEdge } from "./crops.js";
import type { FoundMask } from "./found.js";
import type { AutoSettings } from "./options.js";

/** The settings that decide on one mask alone. */
export type MaskFilterSettings = Pick<AutoSettings, "predIouThresh" | "stabilityScoreThresh" | "stabilityScoreOffset">;

/** What every mask of a crop is judged by. */
export interface Court {
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
 * @returns its stability (of the low-res samples, if that was far too low), and the mask, if it passes: stable, not empty,
 * and not cut off by its crop.
 */
export function judgeMask(
  logits: LowResLogits,
  court: Court,
): { readonly stability: number; readonly passed?: Pick<FoundMask, "mask" | "box"> } {
  const { placement, crop, settings, masks } = court;
  const { stabilityScoreThresh: least, stabilityScoreOffset: offset } = settings;
  if (least > 0) {
    const estimate = lowResStability(logits, placement, masks.threshold, offset);
    if (estimate.stability < least - estimate.margin) return { stability: estimate.stability };
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

/** The margin of a mask of many samples. */
const LEAST_MARGIN = 0.05;
/** Of fewer samples than this nothing is concluded. */
const FEW_SAMPLES = 100;

/**
 * Stability over the low-res samples of the content, and how far the one at full size may lie above it: interpolation moves
 * both cuts' outlines by less than a sample, and what that changes shrinks with the mask's size against its outline.
 */
export function lowResStability(
  { width, data }: LowResLogits,
  { content, input }: Placement,
  threshold: number,
  offset: number,
): { readonly stability: number; readonly margin: number } {
  const columns = Math.ceil((content.width * width) / input);
  const rows = Math.ceil((content.height * width) / input);
  const high = threshold + offset;
  const low = threshold - offset;
  let inside = 0;
  let around = 0;
  for (let y = 0; y < rows; y++) {
    for (let i = y * width, end = i + columns; i < end; i++) {
      if (data[i] > low) {
        around++;
        if (data[i] > high) inside++;
      }
    }
  }
  if (around < FEW_SAMPLES) return { stability: 0, margin: 1 };
  return { stability: inside / around, margin: LEAST_MARGIN + 2 / Math.sqrt(around) };
}
