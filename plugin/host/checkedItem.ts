import { isEmptySoft, MasksmithError, type Rect, rectOf, rleToSoft, type SoftMask, trimSoft } from "@masksmith/core";
import type { ApplyRequest } from "@masksmith/panel/host";
import { unpackMask, type WireItem } from "../bridge/index.js";

/** An object to apply, known to have pixels inside the canvas. */
export interface CheckedItem {
  readonly name: string;
  readonly bounds: Rect;
  /** Its coverage inside the canvas, made again for each use: of large objects no two fit into memory together. */
  coverage(): SoftMask;
  /** Index of the item that it lies in. */
  readonly parent: number | null;
}

/**
 * @param isOnly its coverage is kept, not made again: nothing else is in memory.
 * @throws MasksmithError as `coverageOf`.
 */
export function checkItem({ mask, parent }: WireItem, name: string, canvas: Rect, isOnly: boolean): CheckedItem {
  if (isOnly) return kept(name, parent, coverageOf(mask, canvas, name));
  const bounds = rectOf(coverageOf(mask, canvas, name));
  return { name, parent, bounds, coverage: () => coverageOf(mask, canvas, name) };
}

/** In a function of its own: closures of one scope would keep alive what any of them uses. */
function kept(name: string, parent: number | null, coverage: SoftMask): CheckedItem {
  return { name, parent, bounds: rectOf(coverage), coverage: () => coverage };
}

/** @throws MasksmithError `state` if what was made for a document of one size meets it in another: it lies elsewhere there. */
export function refuseOtherSize({ width, height }: ApplyRequest["size"], canvas: Rect, name: string): void {
  if (width === canvas.width && height === canvas.height) return;
  const message = `“${name}” was made for ${width}x${height} pixels; the document's size has changed`;
  throw new MasksmithError("state", message);
}

/**
 * A mask from the page as coverage inside the canvas, cut to what it covers.
 * @throws MasksmithError `input` if nothing of it lies on the canvas, or run lengths are of another size.
 */
function coverageOf(mask: WireItem["mask"], canvas: Rect, name: string): SoftMask {
  if ("counts" in mask) refuseOtherSize({ width: mask.size[1], height: mask.size[0] }, canvas, name);
  const found = trimSoft(softOf(mask), canvas);
  if (isEmptySoft(found)) throw new MasksmithError("input", `“${name}” has no pixels inside the document`);
  return found;
}

function softOf(mask: WireItem["mask"]): SoftMask {
  if ("counts" in mask) return rleToSoft(mask);
  return "packed" in mask ? unpackMask(mask) : mask;
}
