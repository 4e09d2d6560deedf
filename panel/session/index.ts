export { type Answers, givenMask, namedCandidates, type ObjectAnswer } from "./answering/index.js";
export { encodedFraction, type Picture } from "./document/index.js";
export { allRecords, type LabelledPicture } from "./labelling/index.js";
export { folderOfFiles, ModelShelf, modelKey, type PanelModel, panelModel } from "./models/index.js";
export type { Proposal, ProposerResult } from "./proposals/index.js";
export { mostEdgePixels } from "./refining/index.js";
export type { Busy, Notice } from "./reporter.js";
export { PanelSession, type SessionWorkers } from "./session.js";
export { CLEAN_UP_RANGES, DEFAULT_SETTINGS, type PanelMode, type Settings, type ToolId } from "./settings.js";
