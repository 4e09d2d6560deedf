import { invalid } from "../errors.js";

/**
 * Coordinate systems.
 * - `document`: pixels of the open file, y down, pixel (0,0) covers [0,1) x [0,1).
 * - `image`: pixels of the raster given to the encoder (the document, or a region of it, perhaps scaled down).
 * - `model`: the encoder's square input (1024 for SAM), after the resize that `ModelFrame` records.
 *
 * The brand makes them types of their own: a document point cannot be passed where a model point is expected.
 */
export type Frame = "document" | "image" | "model";

declare const frame: unique symbol;

/** A point in the frame `F`, in that frame's pixels; fractions allowed. */
export interface Point<F extends Frame> {
  readonly x: number;
  readonly y: number;
  readonly [frame]: F;
}

/** An axis-aligned box in the frame `F`: x0 <= x1, y0 <= y1, in that frame's pixels; fractions allowed. */
export interface Box<F extends Frame> {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly [frame]: F;
}

/** A size in the pixels of the frame `F`. */
export interface Size<F extends Frame> {
  readonly width: number;
  readonly height: number;
  readonly [frame]: F;
}

/** @throws MasksmithError `input` if a coordinate is not a finite number. */
export function point<F extends Frame>(_frame: F, x: number, y: number): Point<F> {
  if (!Number.isFinite(x)) throw invalid("point x", "a finite number", x);
  if (!Number.isFinite(y)) throw invalid("point y", "a finite number", y);
  return { x, y } as Point<F>;
}

/** @throws MasksmithError `input` if a coordinate is not finite or the box is inside out. */
export function box<F extends Frame>(_frame: F, x0: number, y0: number, x1: number, y1: number): Box<F> {
  const sides = [x0, y0, x1, y1];
  if (!sides.every(Number.isFinite)) throw invalid("box", "four finite numbers x0,y0,x1,y1", sides);
  if (x1 < x0 || y1 < y0) throw invalid("box", "x0,y0,x1,y1 with x0 <= x1 and y0 <= y1", sides);
  return { x0, y0, x1, y1 } as Box<F>;
}

/** @throws MasksmithError `input` unless both sides are positive integers. */
export function size<F extends Frame>(_frame: F, width: number, height: number): Size<F> {
  if (!Number.isInteger(width) || width < 1) throw invalid(`${_frame} width`, "a positive integer", width);
  if (!Number.isInteger(height) || height < 1) throw invalid(`${_frame} height`, "a positive integer", height);
  return { width, height } as Size<F>;
}

/**
 * How one raster lies in its document and in the model's input. Made once per embedding; all transforms read it.
 * `region` is the part of the document the raster shows (in document pixels, integers), `image` the raster's size,
 * `content` the size it was resized to inside the model's `input` square (the rest is padding, right and bottom).
 */
export interface Placement {
  readonly document: Size<"document">;
  readonly region: Box<"document">;
  readonly image: Size<"image">;
  readonly content: Size<"model">;
  readonly input: number;
}
