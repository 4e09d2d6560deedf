import * as z from "zod";
import { type RecordedMask, STAGES, type Stage } from "./record.js";

/** Whole number. */
export const whole = z.number().int();
/** [x, y, width, height] */
export const four = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** Run lengths as a file has them: COCO's string, or an array. */
export const rle = z.object({
  size: z.tuple([whole, whole]),
  counts: z.union([z.string(), z.array(z.number())], { error: "must be a COCO string or an array of run lengths" }),
});

/** What the model says of a mask, and who made it: in SA-1B records and, as further fields, in COCO annotations. */
export const maskFields = {
  predicted_iou: z.number().optional(),
  stability_score: z.number().optional(),
  crop_box: four.optional(),
  point_coords: z.array(z.tuple([z.number(), z.number()])).optional(),
  stage: z.enum(STAGES).optional(),
  confirmed: z.boolean().optional(),
};
export const MASK_FIELDS = Object.keys(maskFields);

type MaskFields = z.output<z.ZodObject<typeof maskFields>>;
type Described = Omit<RecordedMask, "id" | "mask" | "area" | "bbox" | "extra">;

/** @param stage of masks that name none. */
export function readFields(json: MaskFields, stage: Stage): Described {
  return {
    ...(json.predicted_iou === undefined ? {} : { predictedIou: json.predicted_iou }),
    ...(json.stability_score === undefined ? {} : { stabilityScore: json.stability_score }),
    ...(json.crop_box === undefined ? {} : { cropBox: json.crop_box }),
    points: (json.point_coords ?? []).map(([x, y]) => ({ x, y })),
    stage: json.stage ?? stage,
    confirmed: json.confirmed ?? false,
  };
}

export function writeFields(mask: Described): Record<string, unknown> {
  const { predictedIou, stabilityScore, cropBox, points, stage, confirmed } = mask;
  return {
    ...(predictedIou === undefined ? {} : { predicted_iou: predictedIou }),
    ...(stabilityScore === undefined ? {} : { stability_score: stabilityScore }),
    ...(cropBox === undefined ? {} : { crop_box: cropBox }),
    point_coords: points.map(({ x, y }) => [x, y]),
    stage,
    ...(confirmed ? { confirmed: true } : {}),
  };
}
