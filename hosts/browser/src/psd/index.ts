export { type ReadPsd, readPsd } from "./readPsd.js";
export { writePsd } from "./writePsd.js";
