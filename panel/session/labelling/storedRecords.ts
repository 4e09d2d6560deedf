import { rleToCoco } from "@masksmith/core";
import type { FileItem, FilePicture } from "../../outputs/index.js";
import { array, fields, isPoint, readMask } from "../../state/index.js";
import type { LabelledPicture } from "./records.js";

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
