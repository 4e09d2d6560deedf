import { emptyRle, rleInvert, rleUnion } from "../../mask/index.js";
import type { ObjectMask, Rle } from "../../types.js";

/** Pixels in at least one mask. @throws MasksmithError `input` if a mask has another size than the canvas. */
export function covered(
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
): Rle {
  let layer = [emptyRle(canvas.width, canvas.height), ...masks.map(({ mask }) => mask)];
  // By pairs: each run is copied as often as the logarithm of the count, not as the count.
  while (layer.length > 1) {
    const next: Rle[] = [];
    for (let i = 0; i < layer.length; i += 2)
      next.push(i + 1 < layer.length ? rleUnion(layer[i], layer[i + 1]) : layer[i]);
    layer = next;
  }
  return layer[0];
}

/** Pixels in no mask: what a result leaves of its picture. @throws MasksmithError `input` as `covered`. */
export function uncovered(
  masks: readonly ObjectMask[],
  canvas: { readonly width: number; readonly height: number },
): Rle {
  return rleInvert(covered(masks, canvas));
}
