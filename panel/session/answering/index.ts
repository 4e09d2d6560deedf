export { Answering } from "./answering.js";
export { answerNames } from "./candidateNames.js";
export { describeAnswer, describeStep } from "./describeAnswer.js";
export { HoverPreview } from "./hover.js";
export { type AnsweredObject, type Answers, answersBySize, type ObjectAnswer } from "./objectAnswer.js";
export { Predictions } from "./predictions.js";
export { givenMask } from "./prompts.js";
