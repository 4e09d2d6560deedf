export type { GenerateOptions } from "./generate.js";
export { objectsShown } from "./objects/index.js";
export {
  AUTO_DEFAULTS,
  AUTO_RANGES,
  type AutoOptions,
  type AutoOutputMode,
  type AutoSettings,
  OBJECTS_GENERATOR,
  type PointGrid,
  resolveAutoOptions,
} from "./options.js";
export { type AutoSegmentation, segmentationOf } from "./output.js";
export type { MaskUpdate } from "./stream.js";
