import {
  type Box,
  box,
  type CallOptions,
  type Candidate,
  type CleanUpSettings,
  cellSize,
  type EdgeMode,
  type Embedding,
  type Prompt,
  type Raster,
  type RegionReader,
  type Rle,
  refineEdgesInParts,
  rleIou,
  rleToSoft,
  type SoftMask,
} from "@masksmith/core";
import type { Looked, SoftResult } from "../../engine/index.js";
import type { HostDocument, HostPixels } from "../../host.js";
import type { AnsweredObject } from "../answering/index.js";

/** How the model's answers are bettered; lengths in document pixels. */
export interface RefinementSettings {
  /** Take a second look at small objects. */
  readonly zoom: boolean;
  readonly edges: EdgeMode | "off";
  readonly cleanUp: CleanUpSettings;
}

/** Second looks, by an engine. */
export interface Looker {
  look(
    embedding: Embedding,
    prompt: Prompt,
    first: Pick<Candidate, "bbox" | "area">,
    read: RegionReader,
    options?: CallOptions,
  ): Promise<Looked | undefined>;
}

/** Work on pixels, away from the page's thread. */
export interface PixelTools {
  edges(
    request: { raster: Raster; region: Box<"document">; mask: Rle; mode: EdgeMode; cell: number },
    signal?: AbortSignal,
  ): Promise<SoftMask>;
  finish(
    soft: SoftMask,
    settings: Partial<CleanUpSettings>,
    document: { readonly width: number; readonly height: number },
    signal?: AbortSignal,
  ): Promise<SoftResult>;
  ownColours(raster: Raster, soft: SoftMask, signal?: AbortSignal): Promise<Raster>;
}

/** What refinement needs of the open document. */
export interface RefinementSource {
  readonly document: HostDocument;
  /** Whether the document's pixels are those that the object was found in. */
  readonly current: boolean;
  readPixels(region: Box<"document">, maxSide: number, signal?: AbortSignal): Promise<HostPixels>;
  /** The answer with the model's own soft edges. */
  soft(signal?: AbortSignal): Promise<Candidate>;
}

/** Long side of what a second look is shown: twice the model's 1024, for the core's own resize to make the last step. */
const LOOK_SIDE = 2048;

/** A second look that has less than this in common with the first has seen something else, which nobody asked for. */
const SAME_OBJECT = 0.5;

/** Most pixels that edges are looked for in at once: more would not fit beside a large document, and are taken in parts. */
const MOST_AT_ONCE = 12e6;

/** Documents up to this many pixels leave room for the coverage of any object; beside larger ones `MOST_AT_ONCE` is the most. */
const ROOMY_PIXELS = 24e6;

/** Most pixels around a mask that edges are looked for in: the coverage of more is too much to keep. */
export function mostEdgePixels({ width, height }: { readonly width: number; readonly height: number }): number {
  return width * height > ROOMY_PIXELS ? MOST_AT_ONCE : ROOMY_PIXELS;
}

/** What edges look at around a mask, in cells of its grid: their reach and the windows of the matting. */
const MARGIN_CELLS = { off: 0, crisp: 6, natural: 6, hair: 10 } as const;

/** The mask before clean-up. */
export interface Refined {
  readonly candidate: Candidate;
  /** null: nothing better was found than the model's own edges. */
  readonly soft: SoftMask | null;
  /** Whether the edges are the model's own because the object is too large. */
  readonly tooLarge?: true;
}

export type RefinementStage = "Looking closer" | "Refining edges";

/**
 * The second look and the edges: what takes seconds, done once for an answer. Without the pixels it was found in, or where
 * they are too many, the model's own soft edges are all there is.
 */
export async function refined(
  answered: AnsweredObject,
  { zoom, edges }: RefinementSettings,
  source: RefinementSource,
  tools: PixelTools & Looker,
  signal: AbortSignal,
  onStage: (stage: RefinementStage) => void = () => undefined,
): Promise<Refined> {
  const { document, current } = source;
  let { candidate } = answered;
  let cell = answered.asked
    ? cellSize(answered.asked.embedding.placement)
    : Math.max(document.width, document.height) / 256;
  if (zoom && current && answered.asked && candidate.area > 0) {
    onStage("Looking closer");
    const { embedding, prompt } = answered.asked;
    const read = async (region: Box<"document">) => (await source.readPixels(region, LOOK_SIDE, signal)).raster;
    const seen = await tools.look(embedding, prompt, candidate, read, { signal });
    if (seen && rleIou(seen.candidate.mask, candidate.mask) >= SAME_OBJECT) {
      ({ candidate, cell } = seen);
    }
  }
  const region = around(candidate, cell * MARGIN_CELLS[edges], document);
  const plain = { candidate, soft: candidate.soft ?? null };
  if (edges === "off" || !current || candidate.area === 0) return plain;
  const pixels = (region.x1 - region.x0) * (region.y1 - region.y0);
  if (pixels > mostEdgePixels(document)) return { ...plain, tooLarge: true };
  onStage("Refining edges");
  const { mask } = candidate;
  const refine = async (part: Box<"document">) => {
    const side = Math.max(part.x1 - part.x0, part.y1 - part.y0);
    const { raster } = await source.readPixels(part, side, signal);
    return tools.edges({ raster, region: part, mask, mode: edges, cell }, signal);
  };
  const isLarge = pixels > MOST_AT_ONCE;
  const soft = isLarge ? await refineEdgesInParts(mask, { region, mode: edges, cell }, refine) : await refine(region);
  return { candidate, soft };
}

/** The mask tidied up, as the candidate that outputs take; without `soft` where nothing was bettered. */
export async function finished(
  { candidate, soft }: Refined,
  { cleanUp }: RefinementSettings,
  source: RefinementSource,
  tools: PixelTools,
  signal: AbortSignal,
): Promise<Candidate> {
  const asked = Object.entries(cleanUp).filter(([, value]) => value !== 0);
  if (!soft && asked.length === 0) return candidate;
  const edges = soft ?? plainSoft(await source.soft(signal));
  const result = await tools.finish(edges, Object.fromEntries(asked), source.document, signal);
  // Coverage that nothing has changed is kept once: it is as large as the object.
  return { ...candidate, ...result, ...(asked.length === 0 ? { soft: edges } : {}) };
}

function plainSoft({ soft, mask }: Candidate): SoftMask {
  return soft ?? rleToSoft(mask);
}

/** A mask's bounds with a margin, inside the document. */
function around({ bbox: [x, y, width, height] }: Candidate, margin: number, document: HostDocument): Box<"document"> {
  const more = Math.ceil(margin);
  return box(
    "document",
    Math.max(0, x - more),
    Math.max(0, y - more),
    Math.min(document.width, x + width + more),
    Math.min(document.height, y + height + more),
  );
}
