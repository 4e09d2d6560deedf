import { isEmptySoft, MasksmithError, type Rect, rleToSoft, type SoftMask, trimSoft } from "@masksmith/core";
import type { ApplyRequest } from "@masksmith/panel/host";
import { unpackMask, type WireItem } from "../bridge/index.js";

/** @throws MasksmithError `state` if what was made for a document of one size meets it in another: it lies elsewhere there. */
export function refuseOtherSize({ width, height }: ApplyRequest["size"], canvas: Rect, name: string): void {
  if (width === canvas.width && height === canvas.height) return;
  const words = `“${name}” was made for ${width}x${height} pixels; the document has another size by now`;
  throw new MasksmithError("state", words);
}

/**
 * A mask from the page as coverage inside the canvas, cut to what it covers.
 * @throws MasksmithError `input` if nothing of it lies on the canvas, or run lengths are of another size.
 */
export function coverageOf(mask: WireItem["mask"], canvas: Rect, name: string): SoftMask {
  if ("counts" in mask) refuseOtherSize({ width: mask.size[1], height: mask.size[0] }, canvas, name);
  const found = trimSoft(softOf(mask), canvas);
  if (isEmptySoft(found)) throw new MasksmithError("input", `“${name}” has no pixels inside the document`);
  return found;
}

function softOf(mask: WireItem["mask"]): SoftMask {
  if ("counts" in mask) return rleToSoft(mask);
  return "packed" in mask ? unpackMask(mask) : mask;
}
