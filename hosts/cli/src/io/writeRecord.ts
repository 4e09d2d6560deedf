import { rleToCoco } from "@masksmith/core";
import type { SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";

/** The result as the JSON document of the command line: boxes are [x, y, width, height], masks are COCO RLE. */
function toRecord({ picture, model, masks }: SegmentResult) {
  const { width, height } = picture.raster;
  return {
    image: { file_name: picture.name, width, height },
    model,
    masks: masks.map(({ prompt, candidate }) => ({
      prompt,
      predicted_iou: candidate.predictedIou,
      stability_score: candidate.stabilityScore,
      area: candidate.area,
      bbox: candidate.bbox,
      segmentation: rleToCoco(candidate.mask),
    })),
  };
}

/** The text of the JSON document, with a newline at its end. */
export function jsonText(result: SegmentResult): string {
  return `${JSON.stringify(toRecord(result))}\n`;
}

/** The JSON document as a file. */
export async function jsonFile(result: SegmentResult, path: string): Promise<Output[]> {
  return [{ path, bytes: new TextEncoder().encode(jsonText(result)) }];
}
