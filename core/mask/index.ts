export { type CleanOptions, cleanLogits, countSpecks } from "./clean.js";
export { rleFromCoco, rleFromCounts, rleToCoco } from "./coco.js";
export { type Connectivity, connectedComponents, removeSmallRegions } from "./components.js";
export { rleToLogits } from "./fromMask.js";
export { maskOutlines, type Outline, outlinesToSvgPath } from "./outlines.js";
export { decodeRle, emptyRle, encodeRle, isEmptyRle, rleArea, rleBox } from "./rle.js";
export { rleContainment, rleIntersect, rleInvert, rleIou, rleSubtract, rleUnion } from "./setOperations.js";
export { logitsToSoft, rleToSoft } from "./soft.js";
export { countAbove, logitsToRle, stabilityScore } from "./upscale.js";
