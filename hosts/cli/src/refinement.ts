import {
  type Candidate,
  type CleanUpSettings,
  cellSize,
  cleanUp,
  type EdgeMode,
  type Embedding,
  type Placement,
  type Prediction,
  type Prompt,
  type Raster,
  readerOf,
  recommend,
  refineEdges,
  rleArea,
  rleBox,
  rleToSoft,
  type SoftMask,
  softToRle,
  zoom,
} from "@masksmith/core";
import type { AnyEngine } from "./runtime.js";

/** The options that better the model's answers. */
export interface RefinementOptions extends Partial<CleanUpSettings> {
  /** Rank by agreement with the answers of nearby clicks. Default: the official order. */
  readonly recommend?: boolean;
  readonly refine?: EdgeMode | "off";
}

/** An answer that was bettered; `soft` where its edges are more than a binary mask can say. */
export interface Bettered {
  readonly candidate: Candidate;
  readonly soft?: SoftMask;
}

/** Ranks the answers to one prompt as the options say. */
export async function rank(
  engine: AnyEngine,
  embedding: Embedding,
  prompt: Prompt,
  prediction: Prediction,
  options: RefinementOptions & { readonly candidates?: true; readonly cutout?: string },
): Promise<Prediction> {
  const { recommend: asked = false } = options;
  const soft = options.cutout !== undefined;
  return asked ? recommend(engine, embedding, prompt, prediction, { soft }) : prediction;
}

/** The second look, the edges and the clean-up that the options ask for, in this order. */
export async function better(
  engine: AnyEngine,
  raster: Raster,
  embedding: Embedding,
  prompt: Prompt,
  candidate: Candidate,
  options: RefinementOptions,
): Promise<Bettered> {
  const mode = options.refine === "off" ? undefined : options.refine;
  const zoomed = mode ? await zoom(engine, readerOf(raster), embedding, prompt, candidate, { soft: true }) : undefined;
  const seen = zoomed?.candidate ?? candidate;
  const soft = mode ? edges(raster, seen, mode, (zoomed?.embedding ?? embedding).placement) : undefined;
  const settings = cleanUpOf(options);
  if (!settings) return soft ? { candidate: withSoft(seen, soft, raster), soft } : { candidate: seen };
  const clean = cleanUp(soft ?? rleToSoft(seen.mask), settings, raster);
  return { candidate: withSoft(seen, clean, raster), soft: clean };
}

function edges(raster: Raster, { mask }: Candidate, mode: EdgeMode, placement: Placement): SoftMask {
  return refineEdges(raster, mask, { mode, cell: cellSize(placement) });
}

/** The candidate with another mask; what the model said of it stays. */
function withSoft(candidate: Candidate, soft: SoftMask, raster: Raster): Candidate {
  const mask = softToRle(soft, raster);
  return { ...candidate, mask, area: rleArea(mask), bbox: rleBox(mask), soft };
}

/** Undefined if nothing is asked for. */
function cleanUpOf(options: RefinementOptions): Partial<CleanUpSettings> | undefined {
  const { islands, holes, smooth, shift, feather, contrast } = options;
  const asked = Object.entries({ islands, holes, smooth, shift, feather, contrast }).filter(([, value]) => value);
  return asked.length > 0 ? (Object.fromEntries(asked) as Partial<CleanUpSettings>) : undefined;
}
