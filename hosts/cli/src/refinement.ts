import {
  type Candidate,
  type CleanUpSettings,
  type EdgeMode,
  type Embedding,
  finishAnswer,
  localTools,
  NO_CLEAN_UP,
  type Prompt,
  type Raster,
  type RefinementSettings,
  refineAnswer,
  type SoftMask,
  sourceOf,
} from "@masksmith/core";
import type { AnyEngine } from "./runtime.js";

/** The options that refine the model's answers. */
export interface RefinementOptions extends Partial<CleanUpSettings> {
  /** Absent: nothing is done. `off`: the model's own soft edges, without a second look. */
  readonly refine?: EdgeMode | "off";
}

/** A refined answer; `soft` where its edges are more than a binary mask can say. */
export interface RefinedAnswer {
  readonly candidate: Candidate;
  readonly soft?: SoftMask;
}

/** Whether the options need the model's own soft edges to begin with. */
export function needsSoft(options: RefinementOptions): boolean {
  return options.refine !== undefined || Object.values(cleanUpOf(options)).some(Boolean);
}

/** The second look, the edges and the clean-up that the options ask for. */
export async function refine(
  engine: AnyEngine,
  raster: Raster,
  embedding: Embedding,
  prompt: Prompt,
  candidate: Candidate,
  options: RefinementOptions,
): Promise<RefinedAnswer> {
  if (!needsSoft(options)) return { candidate };
  const refined = await refineWith(engine, raster, embedding, prompt, candidate, settingsOf(options));
  return { candidate: refined, ...(refined.soft ? { soft: refined.soft } : {}) };
}

/** What the core's one pipeline makes of an answer, with the whole picture at hand. */
export async function refineWith(
  engine: AnyEngine,
  raster: Raster,
  embedding: Embedding,
  prompt: Prompt,
  candidate: Candidate,
  settings: RefinementSettings,
): Promise<Candidate> {
  const tools = localTools(engine);
  const source = sourceOf(raster, candidate);
  const refined = await refineAnswer({ candidate, asked: { embedding, prompt } }, settings, source, tools);
  return finishAnswer(refined, settings, source, tools);
}

function settingsOf(options: RefinementOptions): RefinementSettings {
  const { refine: edges = "off" } = options;
  return { secondLook: edges !== "off", edges, cleanUp: cleanUpOf(options) };
}

function cleanUpOf({ islands, holes, smooth, shift, feather, contrast }: RefinementOptions): CleanUpSettings {
  const asked = Object.entries({ islands, holes, smooth, shift, feather, contrast }).filter(([, value]) => value);
  return { ...NO_CLEAN_UP, ...Object.fromEntries(asked) };
}
