export { composite } from "./composite.js";
export {
  type Coverage,
  type DocumentState,
  type GroupLayer,
  isEmpty,
  type Layer,
  type LayerId,
  type LayerMask,
  type PixelLayer,
  type Rect,
} from "./model.js";
export { pictureState } from "./newDocument.js";
export { coverageOutlines, type OwnColours } from "./outputs/index.js";
export { type DocumentChange, PictureDocument } from "./pictureDocument.js";
export { allLayers, changeLayer, findLayer } from "./tree.js";
