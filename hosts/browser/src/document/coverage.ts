import {
  type CombineMode,
  type Coverage,
  combineSoftInto,
  type Rect,
  type SoftMask,
  softForCombining,
  trimSoft,
} from "@masksmith/core";
import type { InTurns } from "./turns.js";

/** Rows combined in one go. */
const STRIP = 64;

/** Coverage `value` everywhere. */
export function uniform(value: 0 | 255): Coverage {
  return { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0), outside: value };
}

export function toCoverage({ x, y, width, height, data }: SoftMask): Coverage {
  return { x, y, width, height, data, outside: 0 };
}

/** As `combineSoft`, in turns. */
export function* combining(a: Coverage, b: Coverage, mode: CombineMode, canvas: Rect): InTurns<Coverage> {
  if (mode === "replace") return trimSoft(b, canvas);
  const combined = softForCombining(a, b, mode, canvas);
  yield* combiningInto(combined, a, "replace");
  yield* combiningInto(combined, b, mode);
  return trimSoft(combined, canvas);
}

/** As `combineSoftInto`, in turns. */
export function* combiningInto(target: SoftMask, mask: SoftMask, mode: CombineMode): InTurns<void> {
  const { x, y, width, height, data } = target;
  for (let row = 0; row < height; row += STRIP) {
    const rows = Math.min(STRIP, height - row);
    const strip = { x, y: y + row, width, height: rows, data: data.subarray(row * width, (row + rows) * width) };
    combineSoftInto(strip, mask, mode);
    yield width * rows;
  }
}
