export { answerNames, answersBySize, givenMask, type ObjectAnswer } from "./answering/index.js";
export { encodedFraction } from "./document/index.js";
export { allRecords } from "./labelling/index.js";
export { folderOfFiles, ModelShelf, modelKey, type PanelModel, panelModel } from "./models/index.js";
export type { Spot } from "./objects/index.js";
export type { Amount, Proposal } from "./proposals/index.js";
export { mostEdgePixels } from "./refining/index.js";
export { PanelSession, type SessionWorkers } from "./session.js";
export { CLEAN_UP_RANGES, type PanelMode, type Settings, type ToolId } from "./settings.js";
