import type { AxisPlan } from "./interpolation.js";
import { atContent } from "./lines.js";

/** Where a line goes in and out of the mask: `at` holds `count` pixel numbers, the first where it enters. */
export class Switches {
  readonly at: Int32Array;
  count = 0;

  constructor(length: number) {
    this.at = new Int32Array(length + 1);
  }

  /** From pixel `i` on the line is inside or not. `i` must be larger than at the last change. */
  set(i: number, inside: boolean): void {
    if (inside !== ((this.count & 1) === 1)) this.at[this.count++] = i;
  }
}

/**
 * Finds where the pixels start..end (exclusive) of a line are over the threshold, from its profile. Pixels whose low-res
 * samples are all on one side are on that side too, so only those between samples on different sides are looked at.
 */
export function findSwitches(
  profile: Float64Array,
  axis: AxisPlan,
  threshold: number,
  start: number,
  end: number,
  switches: Switches,
): void {
  const last = axis.lowTo[axis.to[end - 1]];
  switches.count = 0;
  let i = start;
  for (let k = axis.lowFrom[axis.from[start]]; k < last && i < end; k++) {
    const inside = profile[k] > threshold;
    if (profile[k + 1] > threshold === inside) continue;
    const edge = Math.min(end, axis.readStart[k + 1]);
    if (edge > i) switches.set(i, inside);
    i = followEdge(profile, axis, threshold, Math.max(i, edge), Math.min(end, axis.readEnd[k]), switches);
  }
  if (i < end) switches.set(i, profile[last] > threshold);
  switches.set(end, false);
}

/**
 * The part of a line where samples differ, start..end (exclusive). Between two content samples values are linear, so only
 * pixels between two on different sides are evaluated. Returns the pixel reached.
 */
function followEdge(
  profile: Float64Array,
  axis: AxisPlan,
  threshold: number,
  start: number,
  end: number,
  switches: Switches,
): number {
  let i = start;
  let reached = -1;
  let after = 0;
  while (i < end) {
    const j = axis.from[i];
    const before = j === reached ? after : atContent(profile, axis, j);
    reached = axis.to[i];
    after = atContent(profile, axis, reached);
    const next = Math.min(axis.firstPixel[j + 1], end);
    const inside = before > threshold;
    const insideAfter = after > threshold;
    const cut = inside === insideAfter ? next : crossing(before, after, threshold, axis.share, i, next);
    if (cut > i) switches.set(i, inside);
    if (cut < next) switches.set(cut, insideAfter);
    i = next;
  }
  return i;
}

/** The first pixel of start..end between two content samples that is on the latter's side; `end` if none is. */
function crossing(
  before: number,
  after: number,
  threshold: number,
  share: Float64Array,
  start: number,
  end: number,
): number {
  const insideAfter = after > threshold;
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    const inside = before + (after - before) * share[middle] > threshold;
    if (inside === insideAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}
