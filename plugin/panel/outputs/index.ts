export * from "./files.js";
export { encodePng } from "./png.js";
