import { invalid } from "./errors.js";
import type { Box, Frame, Point, Size } from "./types.js";

/** Points and boxes of other frames than the document's: a page without TypeScript mixes them up in silence. */
const others = new WeakMap<object, Frame>();

/** The frame that a point or box was made for; a document's, and what crossed to another thread, counts as `document`. */
export function frameOf(made: object): Frame {
  return others.get(made) ?? "document";
}

/** @throws MasksmithError `input` if a coordinate is not a finite number. */
export function point<F extends Frame>(frame: F, x: number, y: number): Point<F> {
  if (!Number.isFinite(x)) throw invalid("point x", "a finite number", x);
  if (!Number.isFinite(y)) throw invalid("point y", "a finite number", y);
  return noted(frame, { x, y } as Point<F>);
}

/** @throws MasksmithError `input` if a coordinate is not finite or the box is inside out. */
export function box<F extends Frame>(frame: F, x0: number, y0: number, x1: number, y1: number): Box<F> {
  const sides = [x0, y0, x1, y1];
  if (!sides.every(Number.isFinite)) throw invalid("box", "four finite numbers x0,y0,x1,y1", sides);
  if (x1 < x0 || y1 < y0) throw invalid("box", "x0,y0,x1,y1 with x0 <= x1 and y0 <= y1", sides);
  return noted(frame, { x0, y0, x1, y1 } as Box<F>);
}

/** The model's frame is the core's own. */
function noted<T extends object>(frame: Frame, made: T): T {
  if (frame === "image") others.set(made, frame);
  return made;
}

/** @throws MasksmithError `input` unless both sides are positive integers. */
export function size<F extends Frame>(_frame: F, width: number, height: number): Size<F> {
  if (!Number.isInteger(width) || width < 1) throw invalid(`${_frame} width`, "a positive integer", width);
  if (!Number.isInteger(height) || height < 1) throw invalid(`${_frame} height`, "a positive integer", height);
  return { width, height } as Size<F>;
}
