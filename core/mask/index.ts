export { type CleanOptions, cleanLogits, contentCells, countSpecks, tidyLogits } from "./clean.js";
export { rleFromCoco, rleFromCounts, rleToCoco } from "./coco.js";
export { type Connectivity, connectedComponents, removeSmallRegions } from "./components.js";
export { rleToLogits } from "./fromMask.js";
export { maskOutlines, type Outline, outlinesToSvgPath } from "./outlines.js";
export { enclosingRect, intersectRects, isEmptyRect, type Rect, rectOf } from "./rect.js";
export { decodeRle, emptyRle, encodeRle, isEmptyRle, rleArea, rleBox, rleCovers } from "./rle.js";
export { rleContainment, rleIntersect, rleInvert, rleIou, rleSubtract, rleUnion } from "./setOperations.js";
export { logitsToSoft, rleToSoft, softToRle } from "./soft.js";
export {
  type CombineMode,
  type Coverage,
  combineSoft,
  combineSoftInto,
  cropSoft,
  emptySoft,
  invertSoft,
  isEmptySoft,
  isSameSoft,
  padSoft,
  readSoftRow,
  softBounds,
  softForCombining,
  solidSoft,
  trimSoft,
} from "./softOperations.js";
export { softWithoutSmall } from "./softRegions.js";
export { type ModelMask, rawMask, tidyMask } from "./tidy.js";
export { countAbove, logitsToRle, stabilityScore } from "./upscale.js";
