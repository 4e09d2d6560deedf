export type { CanvasPointer, CanvasWheel, DocumentCanvas, Overlay } from "./canvas.js";
export type { Pixels } from "./halve.js";
export { isDialogOpen, isTaken, isTyping } from "./keyTarget.js";
export { PictureView } from "./pictureView.js";
export { type PictureSource, Pyramid, type Region } from "./pyramid.js";
export { type Extent, toDocument, toView, type ViewTransform } from "./transform.js";
