export { readPsd } from "./readPsd.js";
export { writePsd } from "./writePsd.js";
