export { chooseAnswer } from "./choice.js";
export { type CleanUpSettings, cleanUp, NO_CLEAN_UP } from "./cleanup/cleanUp.js";
export { decontaminate } from "./cleanup/decontaminate.js";
export { cellSize, EDGE_MODES, type EdgeMode, type EdgeOptions, refineEdges } from "./matting/edges.js";
export { type PartsOptions, refineEdgesInParts } from "./matting/parts.js";
export { recommend } from "./recommend.js";
export { type RegionReader, readerOf, type Zoomed, type ZoomOptions, zoom } from "./zoom.js";
