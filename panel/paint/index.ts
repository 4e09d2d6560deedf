export { maskPicture } from "./maskPicture.js";
export { EMPTY_SCENE, type PaintedMask, type Scene, ScenePainter } from "./painter.js";
