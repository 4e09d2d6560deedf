import type { Rle, SoftMask } from "../types.js";
import { removeSmallRegions } from "./components.js";
import { decodeRle } from "./rle.js";
import { softToRle } from "./soft.js";

/**
 * Drops islands, or fills holes, of fewer than `area` pixels covered by half or more, each with its soft rim (`removeSmallRegions`).
 * @returns the mask itself where there are none.
 * @throws MasksmithError `input` if `area` is negative.
 */
export function softWithoutSmall(
  soft: SoftMask,
  area: number,
  mode: "holes" | "islands",
  document: { readonly width: number; readonly height: number },
): SoftMask {
  const before = softToRle(soft, document);
  const { mask, changed } = removeSmallRegions(before, area, mode);
  return changed ? softWithChanges(soft, before, mask, mode) : soft;
}

/**
 * Makes the change from one mask to the other, holes filled or islands dropped, in soft coverage: what differs is opaque or gone, and so
 * is the rim around it: the fractional pixels reached from it by steps that always bring the coverage nearer to that, which end in the
 * valley before another part's rim.
 * @param before the soft mask's pixels of 128 and more.
 */
export function softWithChanges(soft: SoftMask, before: Rle, after: Rle, mode: "holes" | "islands"): SoftMask {
  const value = mode === "holes" ? 255 : 0;
  const { x, y, width, height, data: old } = soft;
  const bounds = [x, y, width, height] as const;
  const inBefore = decodeRle(before, bounds);
  const inAfter = decodeRle(after, bounds);
  const data = old.slice();
  const queue = new Int32Array(width * height);
  let end = 0;
  const change = (i: number) => {
    data[i] = value;
    queue[end++] = i;
  };
  for (let i = 0; i < data.length; i++) if (inBefore[i] !== inAfter[i]) change(i);
  const isRim = (i: number, from: number) =>
    data[i] > 0 &&
    data[i] < 255 &&
    inAfter[i] * 255 === value &&
    Math.abs(old[i] - value) < Math.abs(old[from] - value);
  for (let next = 0; next < end; next++) {
    const i = queue[next];
    const column = i % width;
    if (column > 0 && isRim(i - 1, i)) change(i - 1);
    if (column + 1 < width && isRim(i + 1, i)) change(i + 1);
    if (i >= width && isRim(i - width, i)) change(i - width);
    if (i + width < data.length && isRim(i + width, i)) change(i + width);
  }
  return { ...soft, data };
}
