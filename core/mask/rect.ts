/** Whole pixels: (x, y) is the left upper one, width and height count pixels; empty if either is not positive. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The bounds alone, of anything that has them: nothing else is kept alive by the result. */
export function rectOf({ x, y, width, height }: Rect): Rect {
  return { x, y, width, height };
}

/** Whether a rectangle has no pixels. */
export function isEmptyRect({ width, height }: Rect): boolean {
  return width <= 0 || height <= 0;
}

/** What two rectangles share; width or height is 0 if they share nothing. */
export function intersectRects(a: Rect, b: Rect): Rect {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.max(Math.min(a.x + a.width, b.x + b.width) - x, 0);
  const height = Math.max(Math.min(a.y + a.height, b.y + b.height) - y, 0);
  return { x, y, width, height };
}

/** The smallest rectangle around both; an empty one counts for nothing. */
export function enclosingRect(a: Rect, b: Rect): Rect {
  if (isEmptyRect(a)) return rectOf(b);
  if (isEmptyRect(b)) return rectOf(a);
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  const width = Math.max(a.x + a.width, b.x + b.width) - x;
  return { x, y, width, height: Math.max(a.y + a.height, b.y + b.height) - y };
}
