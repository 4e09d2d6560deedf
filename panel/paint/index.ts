export { type MaskPicture, maskPicture } from "./maskPicture.js";
export { EMPTY_SCENE, type PaintedMask, type PaintedPoint, type Scene, ScenePainter } from "./painter.js";
