export { type AnswerStep, type OrderedAnswers, orderAnswers, stepAnswer } from "./answers.js";
export type { Looks, Predicts } from "./asks.js";
export { chooseAnswer } from "./choice.js";
export { type CleanUpSettings, cleanUp, NO_CLEAN_UP } from "./cleanup/cleanUp.js";
export { decontaminate } from "./cleanup/decontaminate.js";
export { localTools, softResult, sourceOf } from "./localTools.js";
export { cellSize, EDGE_MODES, type EdgeMode, type EdgeOptions, refineEdges } from "./matting/edges.js";
export { type PartsOptions, refineEdgesInParts } from "./matting/parts.js";
export {
  DEFAULT_REFINEMENT,
  type EdgesRequest,
  finishAnswer,
  type Looked,
  mostEdgePixels,
  type RefinableAnswer,
  type Refined,
  type RefinementSettings,
  type RefinementSource,
  type RefinementStage,
  type RefinementTools,
  refineAnswer,
  type SoftResult,
} from "./pipeline.js";
export {
  type FirstLook,
  type RegionReader,
  readerOf,
  type SecondLook,
  type SecondLookOptions,
  takeSecondLook,
} from "./secondLook.js";
