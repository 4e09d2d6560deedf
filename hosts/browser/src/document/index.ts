export type {
  DocumentState,
  GroupLayer,
  Layer,
  LayerId,
  LayerMask,
  PixelLayer,
} from "./model.js";
export { coverageOutlines, type Decontaminate } from "./outputs/index.js";
export { PictureDocument } from "./pictureDocument.js";
export { allLayers, findLayer } from "./tree.js";
