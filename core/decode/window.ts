import type { Manifest } from "../model/manifest.js";
import type { Placement } from "../types.js";
import type { Window } from "./maskDecoder.js";

/**
 * The part of the embedding's grid whose logits a mask of the placement's region can depend on: the content, and the one
 * low-res sample beyond it that bilinear upscaling may read. A 3:2 picture needs two thirds of the grid.
 */
export function contentWindow({ content, input }: Placement, manifest: Manifest): Window {
  const [, gridHeight, gridWidth] = manifest.embedding.shape;
  const [lowHeight, lowWidth] = manifest.masks.low_res;
  return {
    width: positions(content.width, input, lowWidth, gridWidth),
    height: positions(content.height, input, lowHeight, gridHeight),
  };
}

/** @param length content pixels on this axis; the last one lies half a pixel before it. */
function positions(length: number, input: number, low: number, grid: number): number {
  const last = Math.floor(((length - 0.5) * low) / input - 0.5) + 1;
  return Math.min(grid, Math.floor((Math.max(0, last) * grid) / low) + 1);
}
