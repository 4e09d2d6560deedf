export { AnswerKeeper, type Answers, type ObjectAnswer } from "./answers.js";
export { allRecords, type LabelledPicture, type Labelling } from "./labeller.js";
export type { Picture } from "./picture.js";
export { givenMask, namedCandidates } from "./prompts.js";
export type { Proposal } from "./proposalRows.js";
export type { Generate, GenerateRequest, ProposerResult } from "./proposer.js";
export type { Busy, Notice } from "./reporter.js";
export { PanelSession } from "./session.js";
export { DEFAULT_SETTINGS, type PanelMode, type Settings, type ToolId } from "./settings.js";
