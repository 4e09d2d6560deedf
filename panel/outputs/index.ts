export * from "./files.js";
export { encodePng } from "./png.js";
export { sa1bZip } from "./sa1bZip.js";
