export {
  type CocoAnnotation,
  type CocoCategory,
  type CocoImage,
  type CocoInstances,
  type CocoSegmentation,
  cocoMask,
  type PolygonRule,
  readCoco,
  writeCoco,
} from "./coco.js";
export { type FromCocoOptions, recordsFromCoco, recordsToCoco } from "./convert.js";
export type { Extra } from "./edge.js";
export { DUPLICATE_IOU, filterMasks, type MaskFilter, validateFilter, withoutDuplicates } from "./filter.js";
export { type MergeOptions, mergeAutomatic } from "./merge.js";
export { polygonsToRle } from "./polygon.js";
export { SA1B_FILTER, SA1B_GENERATOR } from "./presets.js";
export { isProtected, type PictureRecord, type RecordedMask, recordOf, type Stage } from "./record.js";
export { readSa1b, type Sa1bRecord, type Salvage, sa1bRecord, salvageSa1b, writeSa1b } from "./sa1b.js";
export { COCO_START, streamCoco } from "./stream.js";
