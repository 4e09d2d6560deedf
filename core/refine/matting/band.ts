import { PAGE, type Workspace } from "./workspace.js";

/** Side of the cells, in working pixels, on which the thickness of the object and of the gaps in it is kept. */
export const CELL = 8;

/** A pixel deeper than this part of the depth that is reached near it belongs to the core: it keeps its side. */
const CORE = 0.5;

/** The working pixels whose alpha is to be found. */
export interface Band {
  /** [height, width], 1 where alpha is unknown. */
  readonly unknown: Uint8Array;
  /** Left upper corners of the pages that hold unknown pixels. */
  readonly pages: readonly { readonly x: number; readonly y: number }[];
}

/**
 * The pixels up to `reach` from the mask's boundary, on both sides, but for the core of what is thinner than that: a limb, or
 * the gap between two, always keeps pixels known to be in or out.
 * @param reach in working pixels.
 */
export function findBand(space: Workspace, reach: number): Band {
  const { width, height, coverage } = space;
  const distance = boundaryDistance(coverage, width, height);
  const inner = depthsNearby(distance, coverage, width, height, reach, true);
  const outer = depthsNearby(distance, coverage, width, height, reach, false);
  const unknown = new Uint8Array(width * height);
  const across = Math.ceil(width / CELL);
  for (let y = 0, i = 0; y < height; y++) {
    const cells = Math.floor(y / CELL) * across;
    for (let x = 0; x < width; x++, i++) {
      if (distance[i] > reach) continue;
      const depth = (coverage[i] >= 0.5 ? inner : outer)[cells + ((x / CELL) | 0)];
      if (distance[i] <= CORE * depth || isFractional(coverage[i])) unknown[i] = 1;
    }
  }
  return { unknown, pages: pagesOf(unknown, width, height) };
}

function isFractional(coverage: number): boolean {
  return coverage > 0 && coverage < 1;
}

/**
 * Distance of each pixel's centre from the boundary of coverage >= 0.5, by the 3-4 chamfer in two passes (Borgefors 1986; at
 * most 8 % off); infinite where there is no boundary.
 */
export function boundaryDistance(coverage: Float32Array, width: number, height: number): Float32Array {
  const distance = new Float32Array(width * height).fill(Number.POSITIVE_INFINITY);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const inside = coverage[i] >= 0.5;
      if (x + 1 < width && coverage[i + 1] >= 0.5 !== inside) distance[i] = distance[i + 1] = 0.5;
      if (y + 1 < height && coverage[i + width] >= 0.5 !== inside) distance[i] = distance[i + width] = 0.5;
    }
  }
  sweep(distance, width, height, 0, height, 1);
  sweep(distance, width, height, height - 1, -1, -1);
  return distance;
}

/** One pass of the chamfer, row by row from `from` to `to` (exclusive), reading the pixels already passed. */
function sweep(distance: Float32Array, width: number, height: number, from: number, to: number, step: 1 | -1): void {
  const diagonal = 4 / 3;
  for (let y = from; y !== to; y += step) {
    const before = y - step >= 0 && y - step < height ? -step * width : 0;
    const start = step === 1 ? 0 : width - 1;
    for (let n = 0, x = start, i = y * width + start; n < width; n++, x += step, i += step) {
      let least = distance[i];
      if (n > 0) least = Math.min(least, distance[i - step] + 1);
      if (before !== 0) {
        least = Math.min(least, distance[i + before] + 1);
        if (x > 0) least = Math.min(least, distance[i + before - 1] + diagonal);
        if (x + 1 < width) least = Math.min(least, distance[i + before + 1] + diagonal);
      }
      distance[i] = least;
    }
  }
}

/** For each cell the largest distance within twice the reach, on one side of the boundary. */
function depthsNearby(
  distance: Float32Array,
  coverage: Float32Array,
  width: number,
  height: number,
  reach: number,
  inside: boolean,
): Float32Array {
  const across = Math.ceil(width / CELL);
  const down = Math.ceil(height / CELL);
  const depths = new Float32Array(across * down);
  for (let y = 0, i = 0; y < height; y++) {
    const cells = Math.floor(y / CELL) * across;
    for (let x = 0; x < width; x++, i++) {
      const cell = cells + ((x / CELL) | 0);
      if (coverage[i] >= 0.5 === inside && distance[i] > depths[cell]) depths[cell] = distance[i];
    }
  }
  const radius = Math.ceil((2 * reach) / CELL);
  return largestNearby(largestNearby(depths, across, down, radius), down, across, radius);
}

/** The largest value within `radius` along the rows, transposed. */
function largestNearby(values: Float32Array, across: number, down: number, radius: number): Float32Array {
  const largest = new Float32Array(values.length);
  for (let y = 0; y < down; y++) {
    for (let x = 0; x < across; x++) {
      let most = 0;
      const last = Math.min(across - 1, x + radius);
      for (let k = Math.max(0, x - radius); k <= last; k++) most = Math.max(most, values[y * across + k]);
      largest[x * down + y] = most;
    }
  }
  return largest;
}

function pagesOf(unknown: Uint8Array, width: number, height: number): { x: number; y: number }[] {
  const pages: { x: number; y: number }[] = [];
  for (let y = 0; y < height; y += PAGE) {
    for (let x = 0; x < width; x += PAGE) if (holdsAny(unknown, width, height, x, y)) pages.push({ x, y });
  }
  return pages;
}

function holdsAny(unknown: Uint8Array, width: number, height: number, left: number, top: number): boolean {
  const right = Math.min(width, left + PAGE);
  for (let y = top; y < Math.min(height, top + PAGE); y++) {
    const found = unknown.subarray(y * width + left, y * width + right).indexOf(1);
    if (found >= 0) return true;
  }
  return false;
}
