import { invalid } from "../errors.js";
import type { LowResLogits, Placement, Rle, SoftMask } from "../types.js";
import { EdgeRamp } from "./edgeRamp.js";
import { LineReader } from "./lines.js";
import { intersectRects, isEmptyRect, type Rect } from "./rect.js";
import { decodeRle, encodeRle, rleBox } from "./rle.js";
import { RunWriter, validateMaskSize } from "./runs.js";
import { cropSoft, emptySoft } from "./softOperations.js";
import { logitsToRle } from "./upscale.js";

/**
 * Antialiased coverage from the logits around the threshold: 0.5 + (logit - threshold) / |gradient| / width, cut to 0..1,
 * where |gradient| is the logits' steepness in document pixels; that is, the distance to the edge in units of `width`.
 * A pixel of the binary mask (`logitsToRle`) has 128 or more, any other 127 or less. The bounds are the binary mask's,
 * grown by what the edge may spill over.
 * @param width of the ramp across the edge, in document pixels: 1 antialiases, more softens.
 * @throws MasksmithError `input` as `logitsToRle`, or if the width is not positive.
 */
export function logitsToSoft(logits: LowResLogits, placement: Placement, threshold: number, width = 1): SoftMask {
  if (!(width > 0 && width < Number.POSITIVE_INFINITY)) throw invalid("soft edge width", "a positive number", width);
  return softened(logitsToRle(logits, placement, threshold), logits, placement, threshold, width);
}

/** `logitsToSoft` where the binary mask is known. @param mask what `logitsToRle` gives for the same. */
export function softened(
  mask: Rle,
  logits: LowResLogits,
  placement: Placement,
  threshold: number,
  width = 1,
): SoftMask {
  const [x, y, w, h] = rleBox(mask);
  if (w === 0) return emptySoft();
  const { region } = placement;
  const spill = Math.ceil(width / 2);
  const left = Math.max(x - spill, region.x0);
  const top = Math.max(y - spill, region.y0);
  const bounds = [
    left,
    top,
    Math.min(x + w + spill, region.x1) - left,
    Math.min(y + h + spill, region.y1) - top,
  ] as const;
  const data = decodeRle(mask, bounds);
  const reader = new LineReader(logits, placement, "rows");
  const ramp = new EdgeRamp(reader, threshold, width, left - region.x0, bounds[2]);
  for (let row = 0; row < bounds[3]; row++)
    ramp.soften(top - region.y0 + row, data.subarray(row * bounds[2], (row + 1) * bounds[2]));
  return { x: left, y: top, width: bounds[2], height: bounds[3], data };
}

/** The binary mask as coverage: 255 inside, in the mask's bounds. */
export function rleToSoft(rle: Rle): SoftMask {
  const box = rleBox(rle);
  const [x, y, width, height] = box;
  const data = decodeRle(rle, box);
  for (let i = 0; i < data.length; i++) data[i] *= 255;
  return { x, y, width, height, data };
}

/**
 * The pixels that are covered by half (128) or more, as a mask of a document of the given size. What lies outside the
 * document is left out; zero coverage is assumed outside the bounds.
 * @throws MasksmithError `input` if the size is none of a mask's.
 */
export function softToRle(soft: SoftMask, document: { readonly width: number; readonly height: number }): Rle {
  const { width, height } = document;
  validateMaskSize(height, width);
  const runs = new RunWriter();
  const inside = intersectRects(soft, { x: 0, y: 0, width, height });
  if (!isEmptyRect(inside)) {
    const bits = cropSoft(soft, inside).data.map((value) => value >> 7);
    addRuns(encodeRle(bits, inside.width, inside.height).counts, inside, height, runs);
  }
  return runs.finish(height, width);
}

/** Moves column-major runs of the bounds to where they lie in the document. */
function addRuns(counts: Uint32Array, { x, y, height }: Rect, documentHeight: number, runs: RunWriter): void {
  for (let i = 1, start = counts[0]; i < counts.length; start += counts[i] + (counts[i + 1] ?? 0), i += 2) {
    for (let from = start; from < start + counts[i]; ) {
      const column = Math.floor(from / height);
      const to = Math.min(start + counts[i], (column + 1) * height);
      const origin = (x + column) * documentHeight + y - column * height;
      runs.add(origin + from, origin + to);
      from = to;
    }
  }
}
