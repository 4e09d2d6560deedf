export { allRecords } from "./labeller.js";
export { Labelling } from "./labelling.js";
export { OpenRecord } from "./openRecord.js";
