export { composite } from "./composite.js";
export type {
  DocumentState,
  GroupLayer,
  Layer,
  LayerId,
  LayerMask,
  PixelLayer,
} from "./model.js";
export { pictureState } from "./newDocument.js";
export { coverageOutlines, type OwnColours } from "./outputs/index.js";
export { type DocumentChange, PictureDocument } from "./pictureDocument.js";
export { allLayers, changeLayer, findLayer } from "./tree.js";
