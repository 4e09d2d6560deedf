export { chosenObjects, Objects, visibleObjects } from "./objects.js";
export { Prompts } from "./prompts.js";
