export { allRecords, type LabellingProgress } from "./labeller.js";
export { Labelling } from "./labelling.js";
export { OpenRecord } from "./openRecord.js";
export type { LabelledPicture } from "./records.js";
