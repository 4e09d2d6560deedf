import { box, point } from "../frames.js";
import { rleIou } from "../mask/index.js";
import type { Box, Candidate, Embedding, Placement, Point, Prediction, PredictOptions, Prompt, Rle } from "../types.js";
import type { Predicts } from "./asks.js";
import { boxFit } from "./boxFit.js";

/**
 * Agreements that differ by less are equal: moving a click by one pixel, which changes nothing that a user meant, already
 * lowers the IoU to 0.964 on average (144 clicks on four pictures).
 */
const NOISE = 1 - 0.964;

/** How far the neighbouring clicks lie, in widths (square root of the area) of the middle one of the candidates. */
const CLICK_REACH = 0.1;

/** The same, at least and at most, in parts of the picture's long side. */
const CLICK_REACH_LIMITS = [0.003, 0.03] as const;

/** How far the neighbouring boxes' sides lie, in parts of the box's own sides. */
const BOX_REACH = 0.05;

/**
 * Ranks the answers to one prompt better than the model's own guess of the IoU does, by asking again a little beside it.
 *
 * What the user means does not change when the prompt moves a little, so a mask that the neighbours' answers contain too is
 * likelier to be meant. A hypothesis' agreement is the mean over the neighbours of its IoU with their nearest answer.
 *
 * A lone foreground point: six clicks on a hexagon; all answers of the seven that hold the point are hypotheses, so a
 * whole that the click itself missed may be found. Of those whose agreement is the best but for the noise of one pixel's move
 * the largest is recommended: where a part and its whole agree alike, the whole explains more of the picture.
 *
 * A box: its own four answers, against five neighbouring boxes; the best by agreement times how well the mask fills the box.
 *
 * Any other prompt says enough: it is answered as it was.
 *
 * @param first the engine's answer to `prompt`, shown already.
 * @param options those that `first` was asked with, so that all candidates hold the same.
 * @returns the recommended candidate first, then the model's own by their agreement. Costs one batch of six prompts.
 * @throws MasksmithError as `Engine.predict`.
 */
export async function recommend(
  engine: Predicts,
  embedding: Embedding,
  prompt: Prompt,
  first: Prediction,
  options: PredictOptions = {},
): Promise<Prediction> {
  const asked = neighbours(prompt, first, embedding.placement);
  if (asked.length === 0) return first;
  const answers = await engine.predict(embedding, asked, options);
  const answered = answers.map(({ candidates }) => candidates);
  return prompt.box ? byBox(prompt.box, first, answered) : byClick(prompt.foreground![0], first, answered);
}

/** Of each decode the candidates. */
type Decodes = readonly (readonly Candidate[])[];

/** A candidate with its agreement, 0..1. */
interface Hypothesis {
  readonly candidate: Candidate;
  readonly agreement: number;
}

/** The best by agreement with the neighbours' answers times fit; `answered[0]` is the box itself. */
function byBox(around: Box<"document">, first: Prediction, [own = [], ...others]: Decodes): Prediction {
  const scored = [...first.candidates, ...own].map((candidate) => {
    return { candidate, score: agreement(candidate, others) * boxFit(candidate.bbox, around) };
  });
  scored.sort((a, b) => b.score - a.score);
  return { candidates: scored.map(({ candidate }) => candidate), recommended: 0 };
}

/** The largest of the hypotheses with the best agreement but for the noise, then the model's own by agreement. */
function byClick(at: Point<"document">, first: Prediction, answered: Decodes): Prediction {
  const decodes = [first.candidates, ...answered];
  const hypotheses = decodes.flatMap((candidates, k) => {
    const others = decodes.filter((_, other) => other !== k);
    return candidates.map((candidate) => ({ candidate, agreement: agreement(candidate, others) }));
  });
  const own = hypotheses.slice(0, first.candidates.length).sort((a, b) => b.agreement - a.agreement);
  const best = bestOf(hypotheses.filter(({ candidate }) => holds(candidate.mask, at)));
  const ranked = best ? [best, ...own.filter((hypothesis) => hypothesis !== best)] : own;
  return { candidates: ranked.map(({ candidate }) => candidate), recommended: 0 };
}

/** The largest of those that agree best but for the noise; of those that differ from it by no more, the best agreed on. */
function bestOf(hypotheses: readonly Hypothesis[]): Hypothesis | undefined {
  const enough = Math.max(...hypotheses.map(({ agreement }) => agreement)) - NOISE;
  const equals = hypotheses.filter(({ agreement }) => agreement >= enough);
  if (equals.length === 0) return undefined;
  const { candidate: largest } = equals.reduce((a, b) => (a.candidate.area >= b.candidate.area ? a : b));
  const alike = equals.filter(({ candidate: { mask } }) => mask === largest.mask || isAlike(mask, largest.mask));
  return alike.reduce((a, b) => (a.agreement >= b.agreement ? a : b));
}

function isAlike(a: Rle, b: Rle): boolean {
  return rleIou(a, b) >= 1 - NOISE;
}

/** Prompts as near to this one as not to change what is meant; none where there is nothing to choose. */
function neighbours(prompt: Prompt, first: Prediction, placement: Placement): Prompt[] {
  const { foreground = [], background = [], box: around, mask } = prompt;
  if (mask) return [];
  if (around) return neighbouringBoxes(prompt, around, placement);
  if (foreground.length !== 1 || background.length > 0 || first.candidates.length < 2) return [];
  return hexagon(foreground[0], clickReach(first.candidates, placement), placement).map((at) => ({
    foreground: [at],
    multimask: true,
  }));
}

/** Distance of the neighbouring clicks in document pixels. */
function clickReach(candidates: readonly Candidate[], { region }: Placement): number {
  const areas = candidates.map(({ area }) => area).sort((a, b) => a - b);
  const middle = areas[areas.length >> 1];
  const side = Math.max(region.x1 - region.x0, region.y1 - region.y0);
  const [least, most] = CLICK_REACH_LIMITS;
  return Math.min(most * side, Math.max(least * side, CLICK_REACH * Math.sqrt(middle)));
}

function hexagon({ x, y }: Point<"document">, radius: number, { region }: Placement): Point<"document">[] {
  return Array.from({ length: 6 }, (_, corner) => {
    const angle = ((corner + 0.5) * Math.PI) / 3;
    const clamp = (value: number, from: number, to: number) => Math.max(from, Math.min(to - 1, value));
    return point(
      "document",
      clamp(x + radius * Math.cos(angle), region.x0, region.x1),
      clamp(y + radius * Math.sin(angle), region.y0, region.y1),
    );
  });
}

/** The box itself, for the model's ambiguity candidates, then grown, shrunk, and moved along the diagonals. */
function neighbouringBoxes(prompt: Prompt, around: Box<"document">, { document }: Placement): Prompt[] {
  const dx = BOX_REACH * (around.x1 - around.x0);
  const dy = BOX_REACH * (around.y1 - around.y0);
  const moves = [
    [-1, -1, 1, 1],
    [1, 1, -1, -1],
    [1, 1, 1, 1],
    [-1, -1, -1, -1],
    [1, -1, 1, -1],
  ] as const;
  const moved = moves.map(([left, top, right, bottom]) =>
    box(
      "document",
      Math.max(0, around.x0 + left * dx),
      Math.max(0, around.y0 + top * dy),
      Math.min(document.width, around.x1 + right * dx),
      Math.min(document.height, around.y1 + bottom * dy),
    ),
  );
  return [around, ...moved].map((near) => ({ ...prompt, box: near, multimask: true }));
}

/** The mean, over the decodes, of the candidate's IoU with the nearest of the decode's answers. */
function agreement({ mask }: Candidate, decodes: Decodes): number {
  const nearest = decodes.map((answers) => Math.max(0, ...answers.map((answer) => rleIou(mask, answer.mask))));
  return nearest.reduce((sum, iou) => sum + iou, 0) / Math.max(1, nearest.length);
}

/** Whether the mask covers the pixel that the point lies in. */
function holds({ size: [height, width], counts }: Rle, at: Point<"document">): boolean {
  const x = Math.min(width - 1, Math.floor(at.x));
  const position = x * height + Math.min(height - 1, Math.floor(at.y));
  let end = 0;
  for (let i = 0; i < counts.length; i++) {
    end += counts[i];
    if (position < end) return i % 2 === 1;
  }
  return false;
}
