import { invalid } from "../errors.js";
import { box as checkBox, point } from "../frames.js";
import type { Point, Prompt, Size } from "../types.js";

/**
 * Checks a prompt against its document before any work starts.
 * @throws MasksmithError `input`: a point outside the document or not a number, a box that is empty, inside out or
 * wholly outside, a mask of another size, or a prompt that says nothing.
 */
export function validatePrompt(prompt: Prompt, document: Size<"document">): void {
  const points = [...(prompt.foreground ?? []), ...(prompt.background ?? [])];
  if (points.length === 0 && !prompt.box && !prompt.mask) {
    throw invalid("prompt", "at least one point, a box or a mask", "nothing");
  }
  for (const at of points) checkPoint(at, document);
  const { box, mask } = prompt;
  if (box) {
    checkBox("document", box.x0, box.y0, box.x1, box.y1);
    const sides = [box.x0, box.y0, box.x1, box.y1];
    if (box.x0 === box.x1 || box.y0 === box.y1) throw invalid("box", "a box with an area", sides);
    if (box.x1 <= 0 || box.y1 <= 0 || box.x0 >= document.width || box.y0 >= document.height) {
      throw invalid("box", `a box that overlaps the picture of ${document.width}x${document.height}`, sides);
    }
  }
  if (mask && "size" in mask && (mask.size[0] !== document.height || mask.size[1] !== document.width)) {
    throw invalid("mask", `${document.width}x${document.height} as the picture`, `${mask.size[1]}x${mask.size[0]}`);
  }
}

function checkPoint(at: Point<"document">, document: Size<"document">): void {
  point("document", at.x, at.y);
  if (at.x < 0 || at.y < 0 || at.x > document.width || at.y > document.height) {
    throw invalid("point", `inside the picture of ${document.width}x${document.height}`, `${at.x},${at.y}`);
  }
}
