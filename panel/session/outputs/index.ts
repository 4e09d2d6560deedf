export { fileItem } from "./exportObjects.js";
export { Outputs } from "./outputs.js";
