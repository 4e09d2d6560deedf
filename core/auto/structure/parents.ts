import { invalid } from "../../errors.js";
import type { ObjectMask, XywhBox } from "../../types.js";
import { largestFirst } from "./order.js";
import { coversAtLeast, type RunEnds, runEnds } from "./runs.js";

/**
 * Share of a mask that must lie in another for that to contain it. Masks of one picture differ by a few pixels at their
 * borders; measured on official results for four pictures, shares of pairs that overlap at all lie below 0.4 or above 0.87.
 */
export const CONTAINMENT_THRESHOLD = 0.9;

/** What `parentsOf` takes beside the masks. */
export interface ParentOptions {
  /** Share of the child inside the parent, (0.5, 1]; default `CONTAINMENT_THRESHOLD`. */
  readonly containment?: number;
}

/**
 * The parent of each mask: the smallest other mask that holds at least `containment` of its pixels, as an index, or -1.
 * A parent always comes before its child in `largestFirst`, so two masks that contain each other are no cycle: the larger
 * is the parent. Of equally small ones the last in that order is taken. Empty masks have no parent and are none.
 * Cost: pairs whose bounding boxes could allow it are compared run by run, and dropped as soon as too much is outside.
 * @throws MasksmithError `input` if `containment` is out of range or the masks' sizes differ.
 */
export function parentsOf(masks: readonly ObjectMask[], options: ParentOptions = {}): Int32Array {
  const containment = options.containment ?? CONTAINMENT_THRESHOLD;
  if (!(containment > 0.5 && containment <= 1)) throw invalid("containment", "above 0.5 and at most 1", containment);
  checkSameSize(masks);
  const order = largestFirst(masks);
  const parents = new Int32Array(masks.length).fill(-1);
  const runs: RunEnds[] = masks.map(({ mask }) => runEnds(mask));
  for (let place = 1; place < order.length; place++) {
    const child = order[place];
    const { area, bbox } = masks[child];
    if (area === 0) break;
    const needed = containment * area;
    for (let before = place - 1; before >= 0; before--) {
      const candidate = order[before];
      if (sharedArea(bbox, masks[candidate].bbox) < needed) continue;
      if (!coversAtLeast(runs[candidate], runs[child], area, needed)) continue;
      parents[child] = candidate;
      break;
    }
  }
  return parents;
}

/** @throws MasksmithError `input` unless all masks lie on one canvas. */
export function checkSameSize(masks: readonly ObjectMask[]): void {
  const [height, width] = masks[0]?.mask.size ?? [0, 0];
  for (const [i, { mask }] of masks.entries()) {
    if (mask.size[0] !== height || mask.size[1] !== width)
      throw invalid(`size of mask ${i}`, `${width}x${height} as the first`, `${mask.size[1]}x${mask.size[0]}`);
  }
}

function sharedArea(a: XywhBox, b: XywhBox): number {
  const width = Math.min(a[0] + a[2], b[0] + b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[1] + a[3], b[1] + b[3]) - Math.max(a[1], b[1]);
  return width > 0 && height > 0 ? width * height : 0;
}
