import { box } from "../frames.js";
import { logitsToRle, logitsToSoft, rleArea, rleBox, stabilityScore } from "../mask/index.js";
import type { Box, CallOptions, Candidate, Embedding, LowResLogits, Placement, Prompt, Raster } from "../types.js";
import type { Looks, Predicts } from "./asks.js";
import { boxFit } from "./boxFit.js";
import { regionOf } from "./region.js";

/** Gives the document's pixels in a region (whole pixels, inside the document), at any reduction. */
export type RegionReader = (region: Box<"document">) => Promise<Raster> | Raster;

/** Reads from a raster that is the whole document. */
export function readerOf(raster: Raster): RegionReader {
  return (region) => regionOf(raster, region);
}

export interface ZoomOptions extends CallOptions {
  /** Give soft coverage of the mask's bounds too. Default false. */
  readonly soft?: boolean;
  /** Logit above which a pixel is foreground. Default 0, Segment Anything's. */
  readonly threshold?: number;
}

/** What a second look gave. */
export interface Zoomed {
  readonly candidate: Candidate & { readonly logits: LowResLogits };
  /** What was asked: the crop's embedding, or the first look's where that was near enough. Its placement is the logits'. */
  readonly embedding: Embedding;
}

/** Sides of the crop in sides of the box. The model was trained on whole pictures: it wants to see what is around. */
const CROP_SIDES = 2.5;

/** A crop whose long side is more than this part of what was embedded shows nothing new. */
const WORTH_A_LOOK = 0.9;

/** As the original's `calculate_stability_score` is called. */
const STABILITY_OFFSET = 1;

/**
 * A second look at an object: the part of the document around it is encoded at the model's full resolution and asked
 * again. The answer is the mean of the logits of three decodes: by the box (the model's single answer), by the box (of its
 * ambiguity candidates the one that fills the box best), and by the box with the first of them as mask, the original's
 * way to refine. What they do not agree on cancels. The answer lies inside the crop. Where the crop would be nearly all that
 * was embedded, a box's three decodes run on the first embedding; a prompt without a box has nothing new to learn there.
 *
 * Costs one encode at most, and three decodes.
 * @param prompt the first look's; without a box the first answer's bounds are taken.
 * @param first the first look's answer.
 * @returns undefined where there is nothing to see: the first answer is empty, or nothing new would be seen.
 * @throws MasksmithError as `Engine.embed` and `Engine.predict`.
 */
export async function zoom(
  engine: Looks,
  read: RegionReader,
  embedding: Embedding,
  prompt: Prompt,
  first: Pick<Candidate, "bbox" | "area">,
  options: ZoomOptions = {},
): Promise<Zoomed | undefined> {
  if (first.area === 0) return undefined;
  const around = prompt.box ?? boundsOf(first.bbox);
  const { document } = embedding.placement;
  const region = cropAround(around, document);
  const near = isNearEnough(embedding.placement, region);
  if (near && !prompt.box) return undefined;
  const call = { ...(options.signal ? { signal: options.signal } : {}) };
  const seen = near ? embedding : await engine.embed(await read(region), { document, region, ...call });
  const inside = { ...withinCrop(prompt, region), box: clipped(around, region) };
  const answers = await threeAnswers(engine, seen, inside, call);
  return { candidate: merged(answers, seen.placement, options), embedding: seen };
}

type Answer = Candidate & { readonly logits: LowResLogits };

async function threeAnswers(
  engine: Predicts,
  embedding: Embedding,
  prompt: Prompt & { readonly box: Box<"document"> },
  options: CallOptions,
): Promise<Answer[]> {
  const ask = async (...asked: Prompt[]) => {
    const predictions = await engine.predict(embedding, asked, { ...options, logits: true });
    return predictions.map(({ candidates }) => candidates as readonly Answer[]);
  };
  const [single, candidates] = await ask({ ...prompt, multimask: false }, { ...prompt, multimask: true });
  const byBox = single![0];
  const [again] = await ask({ ...prompt, multimask: false, mask: byBox.logits });
  return [byBox, bestFilling(candidates!, prompt.box), again![0]];
}

function bestFilling(candidates: readonly Answer[], around: Box<"document">): Answer {
  return candidates.reduce((a, b) => (boxFit(a.bbox, around) >= boxFit(b.bbox, around) ? a : b));
}

function merged(answers: readonly Answer[], placement: Placement, options: ZoomOptions): Answer {
  const [first] = answers;
  const { width, height } = first!.logits;
  const data = new Float32Array(width * height);
  for (const { logits } of answers) for (let i = 0; i < data.length; i++) data[i] += logits.data[i] / answers.length;
  const logits = { width, height, data };
  const { threshold = 0 } = options;
  const mask = logitsToRle(logits, placement, threshold);
  return {
    token: first!.token,
    predictedIou: answers.reduce((sum, { predictedIou }) => sum + predictedIou, 0) / answers.length,
    stabilityScore: stabilityScore(logits, placement, threshold, STABILITY_OFFSET),
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
    logits,
    ...(options.soft ? { soft: logitsToSoft(logits, placement, threshold) } : {}),
  };
}

function cropAround(around: Box<"document">, { width, height }: Placement["document"]): Box<"document"> {
  const marginX = ((CROP_SIDES - 1) / 2) * Math.max(1, around.x1 - around.x0);
  const marginY = ((CROP_SIDES - 1) / 2) * Math.max(1, around.y1 - around.y0);
  return box(
    "document",
    Math.max(0, Math.floor(around.x0 - marginX)),
    Math.max(0, Math.floor(around.y0 - marginY)),
    Math.min(width, Math.ceil(around.x1 + marginX)),
    Math.min(height, Math.ceil(around.y1 + marginY)),
  );
}

function isNearEnough({ region }: Placement, crop: Box<"document">): boolean {
  return longSide(crop) > WORTH_A_LOOK * longSide(region);
}

function longSide({ x0, y0, x1, y1 }: Box<"document">): number {
  return Math.max(x1 - x0, y1 - y0);
}

/** Points outside the crop say nothing there. */
function withinCrop(prompt: Prompt, { x0, y0, x1, y1 }: Box<"document">): Prompt {
  const inside = ({ x, y }: { readonly x: number; readonly y: number }) => x >= x0 && x < x1 && y >= y0 && y < y1;
  return {
    ...(prompt.foreground ? { foreground: prompt.foreground.filter(inside) } : {}),
    ...(prompt.background ? { background: prompt.background.filter(inside) } : {}),
  };
}

function clipped(around: Box<"document">, region: Box<"document">): Box<"document"> {
  const { x0, y0, x1, y1 } = region;
  return box(
    "document",
    Math.max(x0, around.x0),
    Math.max(y0, around.y0),
    Math.min(x1, around.x1),
    Math.min(y1, around.y1),
  );
}

function boundsOf([x, y, width, height]: Candidate["bbox"]): Box<"document"> {
  return box("document", x, y, x + width, y + height);
}
