import { invalid } from "../errors.js";
import { size } from "../frames.js";
import type { LowResLogits, Placement, Rle } from "../types.js";
import { type LowResBounds, lowResBounds } from "./bounds.js";
import { findSwitches, Switches } from "./crossings.js";
import type { AxisPlan } from "./interpolation.js";
import { LineReader } from "./lines.js";
import { RunWriter, validateMaskSize } from "./runs.js";

/**
 * The binary mask of low-res logits, in document pixels: logits -> bilinear to the model's square -> cropped to the
 * content -> bilinear to the region -> over `threshold` (Segment Anything, `Sam.postprocess_masks`). No picture of logits is
 * made: the cost follows the mask's bounds, not the document.
 * @param logits over the whole padded square of `placement`.
 * @throws MasksmithError `input` if the sizes do not fit or the document has 2^31 pixels or more.
 */
export function logitsToRle(logits: LowResLogits, placement: Placement, threshold: number): Rle {
  const { document, region } = placement;
  validateMaskSize(document.height, document.width);
  const runs = new RunWriter();
  scan(logits, placement, [threshold], (x, _, { at, count }) => {
    const top = (region.x0 + x) * document.height + region.y0;
    for (let i = 0; i < count; i += 2) runs.add(top + at[i], top + at[i + 1]);
  });
  return runs.finish(document.height, document.width);
}

/** For each threshold the area, in document pixels, of the mask that `logitsToRle` would give; no mask is made. */
export function countAbove(logits: LowResLogits, placement: Placement, thresholds: readonly number[]): number[] {
  const areas = thresholds.map(() => 0);
  scan(logits, placement, thresholds, (_, threshold, { at, count }) => {
    for (let i = 0; i < count; i += 2) areas[threshold] += at[i + 1] - at[i];
  });
  return areas;
}

/**
 * IoU between the masks cut at `threshold + offset` and `threshold - offset` (Segment Anything, `calculate_stability_score`),
 * counted in document pixels, but no finer than the model's content; 0 if both are empty.
 */
export function stabilityScore(logits: LowResLogits, placement: Placement, threshold: number, offset: number): number {
  const cuts = [threshold + offset, threshold - offset];
  const [intersection, union] = countAbove(logits, noFinerThanContent(placement), cuts);
  return union > 0 ? intersection / union : 0;
}

/** Checks that the values are there and are as many as the sizes say. @throws MasksmithError `input`. */
function validateLogits({ width, height, data }: LowResLogits): void {
  validateMaskSize(height, width);
  if (data.length !== width * height) throw invalid("logits", `${width}x${height} values`, data.length);
}

/** Takes one region column's runs over a threshold, by its index, in region pixels: from at[0] to at[1] (exclusive), at[2] to at[3], ... */
type ColumnSink = (x: number, threshold: number, runs: Switches) => void;

/** Upscales column by column, each once for all thresholds. */
function scan(logits: LowResLogits, placement: Placement, thresholds: readonly number[], sink: ColumnSink): void {
  validateLogits(logits);
  const bounds = lowResBounds(logits, Math.min(...thresholds));
  if (bounds.left < 0) return;
  const reader = new LineReader(logits, placement, "columns");
  const { across: columns, along: rows } = reader;
  const runs = new Switches(rows.length);
  for (let x = columns.readStart[bounds.left]; x < columns.readEnd[bounds.right]; x++) {
    const { top, bottom } = rowsAbove(bounds, columns, x);
    if (top > bottom) continue;
    const start = rows.readStart[top];
    const end = rows.readEnd[bottom];
    if (start >= end) continue;
    reader.read(x, rows.lowFrom[rows.from[start]], rows.lowTo[rows.to[end - 1]]);
    for (let k = 0; k < thresholds.length; k++) {
      findSwitches(reader.profile, rows, thresholds[k], start, end, runs);
      if (runs.count > 0) sink(x, k, runs);
    }
  }
}

/** First and last low-res row over the threshold in any low-res column that region column `x` reads. */
function rowsAbove(bounds: LowResBounds, columns: AxisPlan, x: number): { top: number; bottom: number } {
  const last = columns.lowTo[columns.to[x]];
  let column = columns.lowFrom[columns.from[x]];
  let top = bounds.top[column];
  let bottom = bounds.bottom[column];
  while (++column <= last) {
    top = Math.min(top, bounds.top[column]);
    bottom = Math.max(bottom, bounds.bottom[column]);
  }
  return { top, bottom };
}

const reduced = new WeakMap<Placement, Placement>();

/** The placement itself, or, where its region has more pixels than the content, the content alone as the document. */
function noFinerThanContent(placement: Placement): Placement {
  const { region, content, image, input } = placement;
  if (region.x1 - region.x0 <= content.width && region.y1 - region.y0 <= content.height) return placement;
  const known = reduced.get(placement);
  if (known) return known;
  const document = size("document", content.width, content.height);
  const whole = { x0: 0, y0: 0, x1: content.width, y1: content.height } as Placement["region"];
  const plain = { document, region: whole, image, content, input };
  reduced.set(placement, plain);
  return plain;
}
