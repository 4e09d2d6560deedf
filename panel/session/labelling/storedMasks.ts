import { type ObjectMask, type Rle, rleArea, rleBox, rleToCoco } from "@masksmith/core";
import type { FileItem, FilePicture } from "../../outputs/index.js";
import { array, fields, isPoint, readMask } from "../../state/index.js";
import type { LabelledPicture } from "./labeller.js";

/** Masks of automatic generation as JSON, without what follows from the mask itself. */
export function foundToJson(masks: readonly ObjectMask[]): unknown {
  return masks.map(({ area, bbox, mask, ...facts }) => ({ ...facts, mask: rleToCoco(mask) }));
}

/** What `foundToJson` wrote; storage is not trusted, so a mask that does not read well is left out. */
export function foundFromJson(stored: unknown): ObjectMask[] {
  return array(stored).flatMap((value) => {
    const { id, mask, predictedIou, stabilityScore, point, cropBox } = fields(value);
    const rle = readMask(mask);
    if (!rle || !isPoint(point) || ![id, predictedIou, stabilityScore].every(Number.isFinite)) return [];
    const numbers = { id, predictedIou, stabilityScore } as Pick<ObjectMask, "id" | "predictedIou" | "stabilityScore">;
    const crop = array(cropBox).filter(Number.isFinite);
    const whole = [0, 0, rle.size[1], rle.size[0]] as const;
    const box = crop.length === 4 ? (crop as unknown as ObjectMask["cropBox"]) : whole;
    return [{ ...numbers, point, cropBox: box, ...measured(rle) }];
  });
}

/** Records of labelled pictures as JSON; soft edges are made again from the prompts, records have none. */
export function recordsToJson(records: readonly LabelledPicture[]): unknown[] {
  return records.map(({ picture: { name, width, height }, items, seconds }) => ({
    picture: { name, width, height },
    seconds,
    items: items.map(({ soft, mask, ...item }) => ({ ...item, mask: rleToCoco(mask) })),
  }));
}

export function recordsFromJson(stored: unknown): LabelledPicture[] {
  return array(stored).flatMap((value) => {
    const { picture, items, seconds } = fields(value);
    const { name, width, height } = fields(picture);
    if (typeof name !== "string" || ![width, height, seconds].every(Number.isFinite)) return [];
    return [
      { picture: { name, width, height } as FilePicture, items: array(items).flatMap(readItem), seconds } as const,
    ];
  }) as LabelledPicture[];
}

function readItem(stored: unknown): FileItem[] {
  const { name, colour, mask, predictedIou, stabilityScore, points, stage, seconds } = fields(stored);
  const rle = readMask(mask);
  const numbers = [predictedIou, stabilityScore, seconds];
  if (!rle || typeof name !== "string" || typeof colour !== "string" || !numbers.every(Number.isFinite)) return [];
  const known = stage === "semi-automatic" || stage === "automatic" ? stage : "assisted-manual";
  const item = { name, colour, predictedIou, stabilityScore, seconds } as Omit<
    FileItem,
    "mask" | "soft" | "points" | "stage"
  >;
  return [{ ...item, mask: rle, soft: null, points: array(points).filter(isPoint), stage: known }];
}

function measured(mask: Rle): Pick<ObjectMask, "mask" | "area" | "bbox"> {
  return { mask, area: rleArea(mask), bbox: rleBox(mask) };
}
