import type { EngineBackend, EngineInfo } from "@masksmith/core";
import type { Output } from "./io/atomic.js";
import type { SegmentResult } from "./result.js";

/** The result in a few lines for a person. */
export function summary(
  { picture, masks }: SegmentResult,
  { model, encoder, backend }: EngineInfo<EngineBackend>,
  seconds: number,
  outputs: readonly Output[],
): string {
  const { width, height } = picture.raster;
  const how = `${model.id}, ${encoder} encoder, ${backend}, ${seconds.toFixed(1)} s`;
  const rows = masks.map(({ candidate }, i) => {
    const { area, bbox, predictedIou, stabilityScore } = candidate;
    const [x, y, across, down] = bbox;
    const share = ((100 * area) / (width * height)).toFixed(1);
    const scores = `predicted IoU ${predictedIou.toFixed(3)}, stability ${stabilityScore.toFixed(3)}`;
    return `  mask ${i + 1}: ${area} pixels (${share} %), ${across} x ${down} at ${x},${y}, ${scores}`;
  });
  const written = outputs.map(({ path }) => `wrote ${path}`);
  const hint = "nothing written: name a file with -o (.png, .json, .psd, .svg) or --cutout, or ask for --json";
  return `${[`${picture.name}, ${width} x ${height} (${how})`, ...rows, ...(written.length > 0 ? written : [hint])].join("\n")}\n`;
}
