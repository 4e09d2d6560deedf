import { encodeRle } from "../mask/index.js";
import { RunWriter, validateMaskSize } from "../mask/runs.js";
import type { Rle, SoftMask } from "../types.js";

/** The same coverage with bounds no larger than what is not 0. */
export function trimmed(soft: SoftMask): SoftMask {
  const { width, height, data } = soft;
  const isEmptyRow = (y: number) => !data.subarray(y * width, (y + 1) * width).some(Boolean);
  let top = 0;
  let bottom = height;
  while (top < bottom && isEmptyRow(top)) top++;
  while (bottom > top && isEmptyRow(bottom - 1)) bottom--;
  let left = width;
  let right = 0;
  for (let y = top; y < bottom; y++) {
    let x = 0;
    while (x < left && data[y * width + x] === 0) x++;
    left = Math.min(left, x);
    x = width;
    while (x > right && data[y * width + x - 1] === 0) x--;
    right = Math.max(right, x);
  }
  if (top === bottom) return { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };
  return cropped(soft, left, top, right - left, bottom - top);
}

/** The same coverage with bounds of a margin more on each side, inside a document of the given size. */
export function padded(
  soft: SoftMask,
  margin: number,
  document: { readonly width: number; readonly height: number },
): SoftMask {
  const left = Math.max(-soft.x, -margin);
  const top = Math.max(-soft.y, -margin);
  const right = Math.min(document.width - soft.x, soft.width + margin);
  const bottom = Math.min(document.height - soft.y, soft.height + margin);
  return cropped(soft, left, top, right - left, bottom - top);
}

/** The part that begins at (left, top) of the bounds; may reach over them. */
function cropped(soft: SoftMask, left: number, top: number, width: number, height: number): SoftMask {
  const data = new Uint8Array(width * height);
  const from = Math.max(0, left);
  const to = Math.min(soft.width, left + width);
  for (let y = Math.max(0, top); y < Math.min(soft.height, top + height); y++)
    data.set(soft.data.subarray(y * soft.width + from, y * soft.width + to), (y - top) * width + from - left);
  return { x: soft.x + left, y: soft.y + top, width, height, data };
}

/** The pixels that are covered by half or more, as a mask of a document of the given size. */
export function softToRle(soft: SoftMask, document: { readonly width: number; readonly height: number }): Rle {
  validateMaskSize(document.height, document.width);
  const runs = new RunWriter();
  if (soft.width > 0) {
    const bytes = soft.data.map((value) => value >> 7);
    const { counts } = encodeRle(bytes, soft.width, soft.height);
    addRuns(counts, soft, document.height, runs);
  }
  return runs.finish(document.height, document.width);
}

/** Moves column-major runs of the bounds to where they lie in the document. */
function addRuns(counts: Uint32Array, { x, y, height }: SoftMask, documentHeight: number, runs: RunWriter): void {
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
