import { invalid } from "../errors.js";
import type { Rle } from "../types.js";

/** Sub-pixel steps of the boundary walk. */
const SCALE = 5;
/** Corners may lie this many picture sides outside; it bounds the walk along a hostile polygon. */
const MAX_OUTSIDE = 16;
/** Steps of all boundaries together: time and memory go with them. An outline around 30,000 x 30,000 pixels has 600,000. */
const MAX_STEPS = 2 ** 26;
/** As for every mask. */
const MAX_PIXELS = 2 ** 31 - 1;

/**
 * Rasterises closed polygons, each [x0, y0, x1, y1, ...] in pixels, as pycocotools `frPyObjects` does, bit for bit: the
 * boundary is walked in fifths of a pixel, and where it crosses the middle of a column, the column changes sides
 * (cocoapi, common/maskApi.c `rleFrPoly`). What lies inside an even number of polygons is outside, so a polygon in
 * another is a hole. For COCO's own rule, under which polygons of an annotation add up, rasterise them one by one and unite.
 * @throws MasksmithError `input` if a polygon has fewer than three corners, an odd count of numbers, or one far outside, or
 * if the polygons are longer together than `MAX_STEPS`: before anything is allocated.
 */
export function polygonsToRle(polygons: readonly (readonly number[])[], width: number, height: number): Rle {
  if (!(width * height <= MAX_PIXELS)) throw invalid("mask size", `at most ${MAX_PIXELS} pixels`, `${width}x${height}`);
  let steps = 0;
  for (const polygon of polygons) {
    checkPolygon(polygon, width, height);
    steps += stepsOf(polygon);
  }
  if (steps > MAX_STEPS) throw invalid("polygon", `an outline of at most ${MAX_STEPS / SCALE} pixels`, steps / SCALE);
  const changes: number[] = [];
  for (const polygon of polygons) {
    walkBoundary(polygon, width, height, changes);
  }
  return fromChanges(Uint32Array.from(changes).sort(), width, height);
}

function checkPolygon(polygon: readonly number[], width: number, height: number): void {
  if (polygon.length < 6 || polygon.length % 2 !== 0)
    throw invalid("polygon", "x,y of at least three corners", `${polygon.length} numbers`);
  const limit = MAX_OUTSIDE * Math.max(width, height);
  const far = polygon.find((value) => !(Math.abs(value) <= limit));
  if (far !== undefined) throw invalid("polygon corner", `within ${MAX_OUTSIDE} sides of the picture`, far);
}

/** Steps of a walk along its boundary. */
function stepsOf(polygon: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < polygon.length; i += 2) {
    const next = (i + 2) % polygon.length;
    sum += Math.max(Math.abs(polygon[i] - polygon[next]), Math.abs(polygon[i + 1] - polygon[next + 1]));
  }
  return SCALE * sum;
}

/** Appends the position (x * height + y) of each change of sides. */
function walkBoundary(polygon: readonly number[], width: number, height: number, changes: number[]): void {
  const corners = polygon.map((value) => Math.trunc(SCALE * value + 0.5));
  let lastU = Number.NaN;
  let lastV = 0;
  for (let i = 0; i < corners.length; i += 2) {
    const next = (i + 2) % corners.length;
    walkEdge(corners[i], corners[i + 1], corners[next], corners[next + 1], (u, v) => {
      if (u !== lastU && !Number.isNaN(lastU)) {
        const x = toPixel(u < lastU ? u : u - 1);
        const y = Math.ceil(Math.min(Math.max(toPixel(Math.min(v, lastV)), 0), height));
        if (Number.isInteger(x) && x >= 0 && x < width) changes.push(x * height + y);
      }
      lastU = u;
      lastV = v;
    });
  }
}

/** Visits every step from one corner to the other, both included, along the longer axis. */
function walkEdge(x0: number, y0: number, x1: number, y1: number, visit: (u: number, v: number) => void): void {
  const dx = Math.abs(x1 - x0);
  const dy = Math.abs(y1 - y0);
  const steps = Math.max(dx, dy);
  const flat = dx >= dy;
  // The slope is always taken in the direction of growing coordinates, so that an edge rounds the same both ways.
  const flip = flat ? x0 > x1 : y0 > y1;
  const [fromX, fromY, toX, toY] = flip ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
  const slope = steps === 0 ? 0 : flat ? (toY - fromY) / dx : (toX - fromX) / dy;
  for (let step = 0; step <= steps; step++) {
    const t = flip ? steps - step : step;
    if (flat) visit(fromX + t, Math.trunc(fromY + slope * t + 0.5));
    else visit(Math.trunc(fromX + slope * t + 0.5), fromY + t);
  }
}

function toPixel(fifths: number): number {
  return (fifths + 0.5) / SCALE - 0.5;
}

/** Run lengths between sorted changes of sides; two at one place cancel. */
function fromChanges(changes: Uint32Array, width: number, height: number): Rle {
  const kept = new Uint32Array(changes.length + 1);
  let count = 0;
  for (const position of changes) {
    if (count > 0 && kept[count - 1] === position) count--;
    else kept[count++] = position;
  }
  const total = width * height;
  if (count === 0 || kept[count - 1] !== total) kept[count++] = total;
  const counts = new Uint32Array(count);
  for (let i = 0; i < count; i++) counts[i] = kept[i] - (i > 0 ? kept[i - 1] : 0);
  return { size: [height, width], counts };
}
