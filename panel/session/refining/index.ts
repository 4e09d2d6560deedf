export { objectsToRefine } from "./objectsToRefine.js";
export { type Looker, mostEdgePixels, type PixelTools } from "./refinement.js";
export { Refiner } from "./refiner.js";
