import {
  type Candidate,
  type RefinementSource as CoreSource,
  finishAnswer,
  type Raster,
  type Refined,
  type RefinementSettings,
  type RefinementStage,
  type RefinementTools,
  refineAnswer,
  type SoftMask,
} from "@masksmith/core";
import type { HostDocument, HostPixels } from "../../host.js";
import type { AnsweredObject } from "../answering/objectAnswer.js";

export { mostEdgePixels, type Refined, type RefinementSettings, type RefinementStage } from "@masksmith/core";

/** Second looks, by an engine. */
export type Looker = Pick<RefinementTools, "look">;

/** Work on pixels, away from the page's thread. */
export interface PixelTools extends Pick<RefinementTools, "edges" | "finish"> {
  decontaminate(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster>;
}

/** What refinement needs of the open document. */
export interface RefinementSource extends Omit<CoreSource, "readPixels" | "document"> {
  readonly document: HostDocument;
  readPixels: (...asked: Parameters<CoreSource["readPixels"]>) => Promise<HostPixels>;
}

/** See `refineAnswer`. */
export function refined(
  answered: AnsweredObject,
  settings: RefinementSettings,
  source: RefinementSource,
  tools: PixelTools & Looker,
  signal: AbortSignal,
  onStage?: (stage: RefinementStage) => void,
): Promise<Refined> {
  const readPixels: CoreSource["readPixels"] = async (...asked) => (await source.readPixels(...asked)).raster;
  return refineAnswer(answered, settings, { ...source, readPixels }, tools, signal, onStage);
}

/** See `finishAnswer`. */
export function finished(
  made: Refined,
  settings: RefinementSettings,
  source: RefinementSource,
  tools: PixelTools,
  signal: AbortSignal,
): Promise<Candidate> {
  return finishAnswer(made, settings, source, tools, signal);
}
