import { invalid, kindOf } from "../errors.js";
import { box as checkBox, frameOf, point } from "../frames.js";
import type { Point, Prompt, Size } from "../types.js";

/**
 * Checks a prompt against its document before any work starts.
 * @throws MasksmithError `input`: a point outside the document or not a number, a box that is empty, inside out or
 * wholly outside, a mask of another size, or a prompt that says nothing.
 */
export function validatePrompt(prompt: Prompt, document: Size<"document">): void {
  const points = [...pointsOf(prompt, "foreground"), ...pointsOf(prompt, "background")];
  if (points.length === 0 && !prompt.box && !prompt.mask) {
    throw invalid("prompt", "at least one point, a box or a mask", "nothing");
  }
  for (const at of points) checkPoint(at, document);
  const { box, mask } = prompt;
  if (box) {
    checkFrame("box", box);
    checkBox("document", box.x0, box.y0, box.x1, box.y1);
    const sides = [box.x0, box.y0, box.x1, box.y1];
    if (box.x0 === box.x1 || box.y0 === box.y1) throw invalid("box", "a box with an area", sides);
    if (box.x1 <= 0 || box.y1 <= 0 || box.x0 >= document.width || box.y0 >= document.height) {
      throw invalid("box", `a box that overlaps the picture of ${document.width}x${document.height}`, sides);
    }
  }
  if (mask) checkMask(mask);
  if (mask && "size" in mask && (mask.size[0] !== document.height || mask.size[1] !== document.width)) {
    throw invalid("mask", `${document.width}x${document.height} as the picture`, `${mask.size[1]}x${mask.size[0]}`);
  }
}

function pointsOf(prompt: Prompt, side: "foreground" | "background"): readonly Point<"document">[] {
  const points = prompt[side] ?? [];
  if (!Array.isArray(points)) throw invalid(side, "an array of points", points);
  return points;
}

function checkMask(mask: NonNullable<Prompt["mask"]>): void {
  const isRle = "size" in mask && Array.isArray(mask.size) && kindOf(mask.counts) === "Uint32Array";
  const isLogits = "data" in mask && kindOf(mask.data) === "Float32Array";
  if (!isRle && !isLogits) throw invalid("mask", "run lengths (size, counts) or logits (width, height, data)", mask);
}

function checkFrame(what: string, given: object): void {
  const frame = typeof given === "object" && given !== null ? frameOf(given) : "document";
  if (frame !== "document") throw invalid(what, "in the document's frame (see imageToDocument)", `one of the ${frame}`);
}

function checkPoint(at: Point<"document">, document: Size<"document">): void {
  if (typeof at !== "object" || at === null) throw invalid("point", "an object with x and y", at);
  checkFrame("point", at);
  point("document", at.x, at.y);
  if (at.x < 0 || at.y < 0 || at.x > document.width || at.y > document.height) {
    throw invalid("point", `inside the picture of ${document.width}x${document.height}`, `${at.x},${at.y}`);
  }
}
