import type { Box, XywhBox } from "../types.js";

/** IoU of a mask's bounds with a box in the same pixels, 0..1: how well the mask is what a user would draw that box around. */
export function boxFit([x, y, width, height]: XywhBox, { x0, y0, x1, y1 }: Box<"document">): number {
  const across = Math.min(x + width, x1) - Math.max(x, x0);
  const down = Math.min(y + height, y1) - Math.max(y, y0);
  const both = Math.max(0, across) * Math.max(0, down);
  return both / (width * height + (x1 - x0) * (y1 - y0) - both);
}
