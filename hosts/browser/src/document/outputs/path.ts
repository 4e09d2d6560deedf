import { type Coverage, encodeRle, maskOutlines } from "@masksmith/core";
import type { PathOutline } from "../model.js";

/** Pixels of the outline's corners that a path may leave out: one, the width of the mask's own edge. */
const TOLERANCE = 1;

/** Outlines of a mask where it covers half or more, in document pixels. */
export function coverageOutlines(coverage: Coverage, tolerance = TOLERANCE): PathOutline[] {
  const { x, y, width, height, data } = coverage;
  const inside = data.map((value) => (value >= 128 ? 1 : 0));
  return maskOutlines(encodeRle(inside, width, height), tolerance).map(({ points, hole }) => ({
    points: points.map((value, i) => value + (i % 2 === 0 ? x : y)),
    hole,
  }));
}
