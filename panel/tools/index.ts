export { type Command, type CrosshairKey, commandOf, crosshairOf, KEY_HELP } from "./keys.js";
export { type Gesture, PointerTools, type ToolTarget } from "./pointerTools.js";
export { boundsOf, brushPrompts, clampBounds, lassoPrompts } from "./strokes.js";
