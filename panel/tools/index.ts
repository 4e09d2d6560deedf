export { type CrosshairKey, commandOf, crosshairOf, KEY_HELP } from "./keys.js";
export { type Gesture, PointerTools, type ToolTarget } from "./pointerTools.js";
