import { box } from "../frames.js";
import { rleIou } from "../mask/index.js";
import type { Box, CallOptions, Candidate, Embedding, LowResLogits, Placement, Prompt, Raster } from "../types.js";
import type { Looks, Predicts } from "./asks.js";
import { boxFit } from "./boxFit.js";
import { meanAnswer } from "./meanAnswer.js";
import { regionOf } from "./region.js";

/** Gives the document's pixels in a region (whole pixels, inside the document), at any reduction. */
export type RegionReader = (region: Box<"document">) => Promise<Raster> | Raster;

/** Reads from a raster that is the whole document. */
export function readerOf(raster: Raster): RegionReader {
  return (region) => regionOf(raster, region);
}

export interface SecondLookOptions extends CallOptions {
  /** Give soft coverage of the mask's bounds too. Default false. */
  readonly soft?: boolean;
  /** Logit above which a pixel is foreground. Default 0, Segment Anything's. */
  readonly threshold?: number;
}

/** What a second look must know of the first. */
export type FirstLook = Pick<Candidate, "bbox" | "area" | "mask" | "predictedIou" | "stabilityScore" | "specks">;

/** What a second look gave. */
export interface SecondLook {
  readonly candidate: Candidate & { readonly logits: LowResLogits };
  /** What was asked: the crop's embedding, or the first look's where that was near enough. Its placement is the logits'. */
  readonly embedding: Embedding;
}

/** Sides of the crop in sides of the box: a margin of 75 %. The model was trained on whole pictures and wants surroundings. */
const CROP_SIDES = 2.5;

/** A crop whose long side is more than this part of what was embedded shows nothing new. */
const WORTH_A_LOOK = 0.9;

/** A second look that has less than this in common with the first has seen something else. */
const SAME_OBJECT = 0.8;
/** By box, where the first look saw the picture reduced by more than `REDUCED`: its own outline is coarse. */
const SAME_WHEN_REDUCED = 0.5;
const REDUCED = 2;

/** It may have so many specks more: the crop's finer grid shows what the first look's cannot. */
const MORE_SPECKS = 3;

/** How much worse than the first look's a mask may fill the user's box. */
const LOOSER_FIT = 0.02;
/** How much better it must fill the box to be another object than the first: what the box was drawn around, which the first missed. */
const TIGHTER_FIT = 0.1;

/**
 * A second look at an object: the part of the document around it is encoded at the model's full resolution and asked again.
 * Costs one encode at most, and three decodes.
 *
 * A box: the mean of the logits of three decodes, by the box (the model's single answer), by the box (of its ambiguity
 * candidates the one that fills the box best), and by the box with the first of them as mask, the original's way to refine.
 * What they do not agree on cancels. It counts only if it fills the box as well as the first look, or clearly better where it is another object, and is hardly more ragged.
 * Where the crop would be nearly all that was embedded, the decodes run on the first embedding.
 *
 * Points: asked with the points, the first answer and its bounds, the nearest of the answers. It counts only if it is the
 * same object and the model trusts it more.
 *
 * @param prompt the first look's; without a box the first answer's bounds are taken.
 * @returns undefined where the first look stands: it is empty, nothing new would be seen, or the second is no better.
 * @throws MasksmithError as `Engine.embed` and `Engine.predict`.
 */
export async function takeSecondLook(
  engine: Looks,
  read: RegionReader,
  embedding: Embedding,
  prompt: Prompt,
  first: FirstLook,
  options: SecondLookOptions = {},
): Promise<SecondLook | undefined> {
  if (first.area === 0) return undefined;
  const around = prompt.box ?? boundsOf(first.bbox);
  const { document } = embedding.placement;
  const region = cropAround(around, document);
  const near = isNearEnough(embedding.placement, region);
  if (near && !prompt.box) return undefined;
  const call = options.signal ? { signal: options.signal } : {};
  const seen = near ? embedding : await engine.embed(await read(region), { document, region, ...call });
  const inside = { ...withinCrop(prompt, region), box: clipped(around, region) };
  const candidate = prompt.box
    ? await lookByBox(engine, seen, inside, first, sameByBox(embedding.placement), { ...options, ...call })
    : await lookByPoint(engine, seen, inside, first, { ...options, ...call });
  return candidate && { candidate, embedding: seen };
}

function sameByBox({ region, content }: Placement): number {
  return longSide(region) > REDUCED * Math.max(content.width, content.height) ? SAME_WHEN_REDUCED : SAME_OBJECT;
}

type Answer = Candidate & { readonly logits: LowResLogits };
type Boxed = Prompt & { readonly box: Box<"document"> };

async function ask(engine: Predicts, embedding: Embedding, prompts: readonly Prompt[], options: object) {
  const predictions = await engine.predict(embedding, prompts, { ...options, logits: true });
  return predictions.map(({ candidates }) => candidates as readonly Answer[]);
}

async function lookByBox(
  engine: Predicts,
  embedding: Embedding,
  prompt: Boxed,
  first: FirstLook,
  same: number,
  { signal, ...options }: SecondLookOptions,
): Promise<Answer | undefined> {
  // Masks are cleaned once they are averaged.
  const call = { raw: true, ...(signal ? { signal } : {}) };
  const both = [
    { ...prompt, multimask: false },
    { ...prompt, multimask: true },
  ];
  const [single, candidates] = await ask(engine, embedding, both, call);
  const byBox = single![0];
  const [again] = await ask(engine, embedding, [{ ...prompt, multimask: false, mask: byBox.logits }], call);
  const answers = [byBox, bestFilling(candidates!, prompt.box), again![0]];
  const candidate = meanAnswer(answers, embedding.placement, prompt.foreground ?? [], options);
  const tighter = boxFit(candidate.bbox, prompt.box) - boxFit(first.bbox, prompt.box);
  const isSame = rleIou(candidate.mask, first.mask) >= same;
  const isBetter =
    candidate.specks <= (first.specks ?? Number.POSITIVE_INFINITY) + MORE_SPECKS &&
    tighter >= (isSame ? -LOOSER_FIT : TIGHTER_FIT);
  return isBetter ? candidate : undefined;
}

async function lookByPoint(
  engine: Predicts,
  embedding: Embedding,
  prompt: Boxed,
  first: FirstLook,
  { signal, soft = false }: SecondLookOptions,
): Promise<Answer | undefined> {
  const asked = { ...prompt, mask: first.mask, multimask: true };
  const call = { soft, alternatives: true, ...(signal ? { signal } : {}) };
  const [answers] = await ask(engine, embedding, [asked], call);
  const alike = answers!.map(({ mask }) => rleIou(mask, first.mask));
  const most = Math.max(...alike);
  const nearest = answers![alike.indexOf(most)];
  const isBetter = nearest && most >= SAME_OBJECT && trust(nearest) > trust(first);
  return isBetter ? nearest : undefined;
}

function trust({ predictedIou, stabilityScore }: Pick<Candidate, "predictedIou" | "stabilityScore">): number {
  return predictedIou * stabilityScore;
}

function bestFilling(candidates: readonly Answer[], around: Box<"document">): Answer {
  return candidates.reduce((a, b) => (boxFit(a.bbox, around) >= boxFit(b.bbox, around) ? a : b));
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
