import type { ObjectMask, Rle, XywhBox } from "../types.js";
import type { Extra } from "./edge.js";

/**
 * Who made a mask, by the stages of the data engine (Segment Anything, section 4): a person with the model's help;
 * a person, for what the model had left out; the model alone.
 */
export type Stage = "assisted-manual" | "semi-automatic" | "automatic";
export const STAGES = ["assisted-manual", "semi-automatic", "automatic"] as const satisfies readonly Stage[];

/** One mask of a picture's record. Coordinates are the picture's pixels; boxes have exclusive edges. */
export interface RecordedMask {
  /** Unique in its record. */
  readonly id: number;
  readonly mask: Rle;
  readonly area: number;
  readonly bbox: XywhBox;
  /** The model's scores; a mask drawn by hand has none. */
  readonly predictedIou?: number;
  readonly stabilityScore?: number;
  /** The crop that the model saw. */
  readonly cropBox?: XywhBox;
  /** The points it was asked with. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly stage: Stage;
  /** A person looked at it and kept it. */
  readonly confirmed: boolean;
  readonly extra: Extra;
}

/** All masks of one picture. */
export interface PictureRecord {
  readonly image: {
    readonly fileName: string;
    readonly width: number;
    readonly height: number;
    readonly imageId?: number;
    readonly extra: Extra;
  };
  readonly masks: readonly RecordedMask[];
  readonly extra: Extra;
}

/** A record of what the generator found. @param extra fields for the record's top level. */
export function recordOf(
  image: { readonly fileName: string; readonly width: number; readonly height: number },
  masks: readonly ObjectMask[],
  extra: Extra = {},
): PictureRecord {
  const { fileName, width, height } = image;
  return { image: { fileName, width, height, extra: {} }, masks: masks.map(recordedMask), extra };
}

function recordedMask({ point, ...mask }: ObjectMask): RecordedMask {
  const { id, area, bbox, predictedIou, stabilityScore, cropBox } = mask;
  const scores = { predictedIou, stabilityScore, cropBox };
  return {
    id,
    mask: mask.mask,
    area,
    bbox,
    ...scores,
    points: [point],
    stage: "automatic",
    confirmed: false,
    extra: {},
  };
}

/** Whether an automatic run must leave the mask alone: a person made or confirmed it. */
export function isProtected({ stage, confirmed }: RecordedMask): boolean {
  return confirmed || stage !== "automatic";
}
