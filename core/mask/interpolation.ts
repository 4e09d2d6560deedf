import type { Placement } from "../types.js";

/**
 * One axis of the official mask upscaling, as tables. Low-res samples -> bilinear to the model's square, cropped to its
 * content -> bilinear to the region's pixels. Both steps are linear and separable, so they are composed, never stored as
 * pictures. Below, "content" is the grid between the two steps.
 *
 * Content sample j = low[lowFrom[j]] + (low[lowTo[j]] - low[lowFrom[j]]) * lowShare[j].
 * Region pixel i = content[from[i]] + (content[to[i]] - content[from[i]]) * share[i], with to = from + 1 but at the end.
 */
export interface AxisPlan {
  /** Region pixels on this axis. */
  readonly length: number;
  /** Low-res samples per region pixel. */
  readonly scale: number;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly share: Float64Array;
  /** Content samples on this axis. */
  readonly content: number;
  readonly lowFrom: Int32Array;
  readonly lowTo: Int32Array;
  readonly lowShare: Float64Array;
  /** The first region pixel whose `from` is j or more; one entry more than there are content samples. */
  readonly firstPixel: Int32Array;
  /** The first region pixel that reads low-res sample r or a later one (`length` if none: all are in the padding). */
  readonly readStart: Int32Array;
  /** One past the last region pixel that reads low-res sample r or an earlier one. */
  readonly readEnd: Int32Array;
}

/** Both axes of a placement. */
export interface UpscalePlan {
  readonly columns: AxisPlan;
  readonly rows: AxisPlan;
}

const plans = new WeakMap<Placement, UpscalePlan & { readonly lowWidth: number; readonly lowHeight: number }>();

/** The tables for logits of `lowWidth * lowHeight` over `placement`; kept as long as the placement lives. */
export function upscalePlan(placement: Placement, lowWidth: number, lowHeight: number): UpscalePlan {
  const known = plans.get(placement);
  if (known && known.lowWidth === lowWidth && known.lowHeight === lowHeight) return known;
  const { region, content, input } = placement;
  const columns = axisPlan(lowWidth, input, content.width, region.x1 - region.x0);
  const rows = axisPlan(lowHeight, input, content.height, region.y1 - region.y0);
  const plan = { columns, rows, lowWidth, lowHeight };
  plans.set(placement, plan);
  return plan;
}

function axisPlan(low: number, input: number, content: number, length: number): AxisPlan {
  const { from: lowFrom, to: lowTo, share: lowShare } = bilinearTaps(low, input, content);
  const { from, to, share } = bilinearTaps(content, length, length);
  const firstPixel = new Int32Array(content + 1).fill(length);
  const readStart = new Int32Array(low).fill(length);
  const readEnd = new Int32Array(low);
  for (let i = length - 1; i >= 0; i--) {
    firstPixel[from[i]] = i;
    for (let r = lowFrom[from[i]]; r <= lowTo[to[i]]; r++) {
      readStart[r] = i;
      readEnd[r] = Math.max(readEnd[r], i + 1);
    }
  }
  for (let r = 1; r < low; r++) readEnd[r] = Math.max(readEnd[r], readEnd[r - 1]);
  for (let r = low - 2; r >= 0; r--) readStart[r] = Math.min(readStart[r], readStart[r + 1]);
  for (let j = content - 1; j >= 0; j--) firstPixel[j] = Math.min(firstPixel[j], firstPixel[j + 1]);
  const scale = (low / input) * (content / length);
  return { length, scale, from, to, share, content, lowFrom, lowTo, lowShare, firstPixel, readStart, readEnd };
}

/**
 * Where the first `used` of `outputs` samples lie between `inputs`: half-pixel centres, clamped at the start, no
 * antialias, positions in single precision, as PyTorch's `interpolate(mode="bilinear", align_corners=False)`.
 */
function bilinearTaps(inputs: number, outputs: number, used: number) {
  const scale = Math.fround(inputs / outputs);
  const from = new Int32Array(used);
  const to = new Int32Array(used);
  const share = new Float64Array(used);
  for (let i = 0; i < used; i++) {
    const position = Math.max(0, Math.fround(Math.fround(scale * (i + 0.5)) - 0.5));
    from[i] = Math.min(inputs - 1, Math.floor(position));
    to[i] = Math.min(inputs - 1, from[i] + 1);
    share[i] = position - from[i];
  }
  return { from, to, share };
}
