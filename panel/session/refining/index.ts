export { objectsToRefine } from "./objectsToRefine.js";
export { type Looker, mostEdgePixels, type PixelTools, type RefinementSettings } from "./refinement.js";
export { Refiner, type RefinerState } from "./refiner.js";
