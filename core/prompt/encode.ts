import type { PromptSpec } from "../model/manifest.js";
import type { Box, Point } from "../types.js";
import type { PromptTables } from "./tables.js";

/** What the prompt encoder reads: points and a box in the model frame. */
export interface SparsePrompt {
  readonly foreground: readonly Point<"model">[];
  readonly background: readonly Point<"model">[];
  readonly box?: Box<"model"> | undefined;
}

const BACKGROUND = 0;
const FOREGROUND = 1;
const CORNER_FROM = 2;
const CORNER_TO = 3;

/** Tokens that `encodePrompt` makes of a prompt. */
export function tokenCount(prompt: SparsePrompt, paddingPoint: PromptSpec["padding_point"]): number {
  const points = prompt.foreground.length + prompt.background.length;
  return points + (isPadded(prompt, paddingPoint) ? 1 : 0) + (prompt.box ? 2 : 0);
}

/** `always`: whatever the prompt shows, but not for a prompt that shows nothing (a mask alone). */
function isPadded({ foreground, background, box }: SparsePrompt, paddingPoint: PromptSpec["padding_point"]): boolean {
  const points = foreground.length + background.length;
  if (paddingPoint === "always") return points > 0 || box !== undefined;
  return paddingPoint === "caller-unless-box" && points > 0 && !box;
}

/**
 * Encodes points and a box as prompt tokens, [tokens, width] row-major: foreground points, background points, padding
 * point, then the box's corners, in the original's order. Source: segment_anything/modeling/prompt_encoder.py
 * (`_embed_points`, `_embed_boxes`, `PositionEmbeddingRandom`).
 * @param inputSize side of the model's square input, in pixels.
 */
export function encodePrompt(
  prompt: SparsePrompt,
  tables: PromptTables,
  inputSize: number,
  { padding_point, offset: centre = 0.5 }: Pick<PromptSpec, "padding_point" | "offset">,
): Float32Array {
  const { width } = tables;
  const padded = isPadded(prompt, padding_point);
  const tokens = new Float32Array(tokenCount(prompt, padding_point) * width);
  let offset = 0;
  const put = (x: number, y: number, kind: number) => {
    positionalEncoding(x + centre, y + centre, inputSize, tables, tokens, offset);
    for (let i = 0; i < width; i++) tokens[offset + i] += tables.pointEmbeddings[kind * width + i];
    offset += width;
  };
  for (const { x, y } of prompt.foreground) put(x, y, FOREGROUND);
  for (const { x, y } of prompt.background) put(x, y, BACKGROUND);
  if (padded) {
    tokens.set(tables.notAPoint, offset);
    offset += width;
  }
  if (prompt.box) {
    put(prompt.box.x0, prompt.box.y0, CORNER_FROM);
    put(prompt.box.x1, prompt.box.y1, CORNER_TO);
  }
  return tokens;
}

/** Random Fourier features of one position. */
function positionalEncoding(
  x: number,
  y: number,
  inputSize: number,
  tables: PromptTables,
  out: Float32Array,
  offset: number,
): void {
  const half = tables.width / 2;
  const u = (2 * x) / inputSize - 1;
  const v = (2 * y) / inputSize - 1;
  for (let i = 0; i < half; i++) {
    const angle = 2 * Math.PI * (u * tables.gaussian[i] + v * tables.gaussian[half + i]);
    out[offset + i] = Math.sin(angle);
    out[offset + half + i] = Math.cos(angle);
  }
}
