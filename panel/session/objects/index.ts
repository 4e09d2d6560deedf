export { chosenObjects, Objects, visibleObjects } from "./objects.js";
export { Prompts, type Spot } from "./prompts.js";
