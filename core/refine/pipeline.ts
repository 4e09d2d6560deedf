import { box } from "../frames.js";
import { rleToSoft } from "../mask/index.js";
import type { Signal } from "../signal.js";
import type { Box, CallOptions, Candidate, Embedding, Prompt, Raster, Rle, SoftMask } from "../types.js";
import { type CleanUpSettings, NO_CLEAN_UP } from "./cleanup/cleanUp.js";
import { cellSize, type EdgeMode } from "./matting/edges.js";
import { refineEdgesInParts } from "./matting/parts.js";
import type { FirstLook, RegionReader } from "./secondLook.js";

/** How an answer is refined; lengths in document pixels. */
export interface RefinementSettings {
  /** Take a second look, see `takeSecondLook`. */
  readonly secondLook: boolean;
  /** `off`: the model's own soft edges. */
  readonly edges: EdgeMode | "off";
  readonly cleanUp: CleanUpSettings;
}

/** What a user who touches nothing gets. */
export const DEFAULT_REFINEMENT: RefinementSettings = { secondLook: true, edges: "natural", cleanUp: NO_CLEAN_UP };

/** What a second look gave, see `takeSecondLook`. */
export interface Looked {
  /** With the model's own soft edges. */
  readonly candidate: Candidate;
  /** Document pixels a cell of the grid its mask was made on. */
  readonly cell: number;
}

/** What `refineEdges` is asked for. */
export interface EdgesRequest {
  /** The document's pixels in `region`, one for one. */
  readonly raster: Raster;
  readonly region: Box<"document">;
  readonly mask: Rle;
  readonly mode: EdgeMode;
  readonly cell: number;
}

type Extent = { readonly width: number; readonly height: number };

/** A mask with soft edges in all the forms that are shown and written; the binary one is where coverage is half or more. */
export type SoftResult = Pick<Candidate, "mask" | "area" | "bbox"> & { readonly soft: SoftMask };

/** Who does the work: the thread itself (`localTools`), or workers. */
export interface RefinementTools {
  /** See `takeSecondLook`. */
  look(
    embedding: Embedding,
    prompt: Prompt,
    first: FirstLook,
    read: RegionReader,
    options?: CallOptions,
  ): Promise<Looked | undefined>;
  /** See `refineEdges`. */
  edges(request: EdgesRequest, signal?: Signal): Promise<SoftMask>;
  /** See `cleanUp`. */
  finish(soft: SoftMask, settings: Partial<CleanUpSettings>, document: Extent, signal?: Signal): Promise<SoftResult>;
}

/** What refinement needs of the document. */
export interface RefinementSource {
  readonly document: Extent;
  /** Whether the document's pixels are those that the answer was found in. */
  readonly current: boolean;
  /** The document's pixels in a region, its long side reduced to `maxSide` where it is longer. */
  readPixels(region: Box<"document">, maxSide: number, signal?: Signal): Promise<Raster>;
  /** The answer with the model's own soft edges. */
  soft(signal?: Signal): Promise<Candidate>;
}

/** An answer to be refined. */
export interface RefinableAnswer {
  readonly candidate: Candidate;
  /** What was asked of which picture; null for a mask from elsewhere. */
  readonly asked: { readonly embedding: Embedding; readonly prompt: Prompt } | null;
}

/** The mask before clean-up. */
export interface Refined {
  readonly candidate: Candidate;
  /** null: nothing better was found than the model's own edges. */
  readonly soft: SoftMask | null;
  /** Whether the edges are the model's own because the object is too large. */
  readonly tooLarge?: true;
}

/** What a refinement does at the moment, in words a user may see. */
export type RefinementStage = "Looking closer" | "Refining edges";

/** Long side of what a second look is shown: twice the model's 1024, for the core's own resize to make the last step. */
const LOOK_SIDE = 2048;

/** Most pixels that edges are looked for in at once: more would not fit beside a large document, and are taken in parts. */
const MOST_AT_ONCE = 12e6;

/** Documents up to this many pixels leave room for the coverage of any object; beside larger ones `MOST_AT_ONCE` is the most. */
const ROOMY_PIXELS = 24e6;

/** What edges look at around a mask, in cells of its grid: their reach and the windows of the matting. */
const MARGIN_CELLS = { off: 0, crisp: 6, natural: 6, hair: 10 } as const;

/** Cells along the long side of the grid of a mask from elsewhere, which is taken to be as fine as the model's. */
const CELLS = 256;

/** Most pixels around a mask that edges are looked for in: the coverage of more is too much to keep. */
export function mostEdgePixels({ width, height }: Extent): number {
  return width * height > ROOMY_PIXELS ? MOST_AT_ONCE : ROOMY_PIXELS;
}

/**
 * The second look and the edges: what takes seconds, done once for an answer. The answer itself is chosen and clean already
 * (`Engine.predict`). Without the pixels it was found in, or where they are too many, the model's own soft edges are all
 * there is.
 * @throws MasksmithError as `takeSecondLook` and `refineEdges`, and what the source and the tools throw.
 */
export async function refineAnswer(
  answer: RefinableAnswer,
  { secondLook, edges }: Pick<RefinementSettings, "secondLook" | "edges">,
  source: RefinementSource,
  tools: RefinementTools,
  signal?: Signal,
  onStage: (stage: RefinementStage) => void = () => undefined,
): Promise<Refined> {
  const { document, current } = source;
  const seen = secondLook && current ? await fromSecondLook(answer, source, tools, signal, onStage) : undefined;
  const { candidate, cell } = seen ?? { candidate: answer.candidate, cell: firstCell(answer, document) };
  const plain = { candidate, soft: candidate.soft ?? null };
  if (edges === "off" || !current || candidate.area === 0) return plain;
  const region = around(candidate, cell * MARGIN_CELLS[edges], document);
  const pixels = (region.x1 - region.x0) * (region.y1 - region.y0);
  if (pixels > mostEdgePixels(document)) return { ...plain, tooLarge: true };
  onStage("Refining edges");
  const { mask } = candidate;
  const refine = async (part: Box<"document">) => {
    const side = Math.max(part.x1 - part.x0, part.y1 - part.y0);
    const raster = await source.readPixels(part, side, signal);
    return tools.edges({ raster, region: part, mask, mode: edges, cell }, signal);
  };
  const isLarge = pixels > MOST_AT_ONCE;
  const soft = isLarge ? await refineEdgesInParts(mask, { region, mode: edges, cell }, refine) : await refine(region);
  return { candidate, soft };
}

async function fromSecondLook(
  { candidate, asked }: RefinableAnswer,
  source: RefinementSource,
  tools: RefinementTools,
  signal: Signal | undefined,
  onStage: (stage: RefinementStage) => void,
): Promise<Looked | undefined> {
  if (!asked || candidate.area === 0) return undefined;
  onStage("Looking closer");
  const read = (region: Box<"document">) => source.readPixels(region, LOOK_SIDE, signal);
  return tools.look(asked.embedding, asked.prompt, candidate, read, signal ? { signal } : {});
}

function firstCell({ asked }: RefinableAnswer, { width, height }: Extent): number {
  return asked ? cellSize(asked.embedding.placement) : Math.max(width, height) / CELLS;
}

/**
 * The mask tidied up as the settings ask, as the candidate that is shown and written: its binary mask is where its coverage is
 * half or more. Without `soft` where nothing was refined and nothing is asked for.
 * @throws MasksmithError as `cleanUp`, and what the source and the tools throw.
 */
export async function finishAnswer(
  { candidate, soft }: Refined,
  { cleanUp }: Pick<RefinementSettings, "cleanUp">,
  source: Pick<RefinementSource, "document" | "soft">,
  tools: Pick<RefinementTools, "finish">,
  signal?: Signal,
): Promise<Candidate> {
  const asked = Object.entries(cleanUp).filter(([, value]) => value !== 0);
  if (!soft && asked.length === 0) return candidate;
  const edges = soft ?? softOf(await source.soft(signal));
  const result = await tools.finish(edges, Object.fromEntries(asked), source.document, signal);
  // Coverage that nothing has changed is kept once: it is as large as the object.
  return { ...candidate, ...result, ...(asked.length === 0 ? { soft: edges } : {}) };
}

function softOf({ soft, mask }: Candidate): SoftMask {
  return soft ?? rleToSoft(mask);
}

/** A mask's bounds with a margin, inside the document. */
function around({ bbox: [x, y, width, height] }: Candidate, margin: number, document: Extent): Box<"document"> {
  const more = Math.ceil(margin);
  return box(
    "document",
    Math.max(0, x - more),
    Math.max(0, y - more),
    Math.min(document.width, x + width + more),
    Math.min(document.height, y + height + more),
  );
}
