export { Answering } from "./answering.js";
export { namedCandidates } from "./candidateNames.js";
export { describeAnswer } from "./describeAnswer.js";
export { HoverPreview } from "./hover.js";
export type { AnsweredObject, Answers, ObjectAnswer } from "./objectAnswer.js";
export { Predictions } from "./predictions.js";
export { givenMask } from "./prompts.js";
