import { type Box, box, invalid, type Point, type Prompt, type Rle, type Size } from "@masksmith/core";
import { readMask } from "./io/readMask.js";
import { notice } from "./terminal.js";

/** The options that say what is meant. */
export interface PromptOptions {
  readonly point?: readonly Point<"document">[];
  readonly background?: readonly Point<"document">[];
  readonly box?: readonly Box<"document">[];
  readonly mask?: string;
  readonly candidates?: true;
}

/**
 * Checks what can be checked without the picture: something is pointed at, and several boxes stand alone, since a point
 * or a mask would not say which of their objects it is about.
 * @throws MasksmithError `input`.
 */
export function checkPromptOptions({ point = [], background = [], box: boxes = [], mask }: PromptOptions): void {
  if (point.length + boxes.length === 0 && mask === undefined) {
    throw invalid(
      "segment",
      "told what to look for by --point, --box or --mask",
      background.length > 0 ? "only --background" : "none",
    );
  }
  if (boxes.length < 2) return;
  const beside = [
    point.length > 0 && "--point",
    background.length > 0 && "--background",
    mask !== undefined && "--mask",
  ];
  const first = beside.find(Boolean);
  if (first)
    throw invalid(
      "--box",
      `given once where ${first} is given`,
      `${boxes.length} boxes, which are ${boxes.length} objects`,
    );
}

/** How many prompts `toPrompts` makes of them. */
export function promptCount({ box: boxes = [] }: PromptOptions): number {
  return Math.max(boxes.length, 1);
}

/**
 * The prompts in the picture's pixels: one a box, or one of everything.
 * @throws MasksmithError `input` for a point or box outside the picture, or a mask that is none of it.
 */
export async function toPrompts(options: PromptOptions, picture: Size<"document">): Promise<Prompt[]> {
  const foreground = options.point ?? [];
  const background = options.background ?? [];
  for (const at of foreground) checkInside("--point", at, picture);
  for (const at of background) checkInside("--background", at, picture);
  const boxes = (options.box ?? []).map((given) => clip(given, picture));
  const mask = options.mask === undefined ? undefined : await readMask(options.mask, picture);
  if (boxes.length === 0) return [toPrompt({ foreground, background, mask }, options)];
  return boxes.map((given) => toPrompt({ foreground, background, mask, box: given }, options));
}

interface Parts {
  readonly foreground: readonly Point<"document">[];
  readonly background: readonly Point<"document">[];
  readonly box?: Box<"document">;
  readonly mask: Rle | undefined;
}

function toPrompt({ mask, ...parts }: Parts, { candidates }: PromptOptions): Prompt {
  return { ...parts, ...(mask ? { mask } : {}), ...(candidates ? { multimask: true } : {}) };
}

function checkInside(option: string, { x, y }: Point<"document">, { width, height }: Size<"document">): void {
  if (x >= 0 && x < width && y >= 0 && y < height) return;
  throw invalid(
    option,
    `inside the picture of ${width} x ${height} pixels (0 <= X < ${width}, 0 <= Y < ${height})`,
    `${x},${y}`,
  );
}

/** The part of the box inside the picture; a box that reaches over the border is what hand-drawn boxes often do. */
function clip(given: Box<"document">, { width, height }: Size<"document">): Box<"document"> {
  const { x0, y0, x1, y1 } = given;
  const text = `${x0},${y0},${x1},${y1}`;
  if (x1 <= 0 || y1 <= 0 || x0 >= width || y0 >= height) {
    throw invalid("--box", `at least partly inside the picture of ${width} x ${height} pixels`, text);
  }
  if (x0 >= 0 && y0 >= 0 && x1 <= width && y1 <= height) return given;
  const inside = box("document", Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1));
  notice(`--box ${text} reaches beyond the picture, cut to ${Object.values(inside).join(",")}`);
  return inside;
}
