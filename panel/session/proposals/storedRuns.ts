import { type ObjectMask, type Rle, rleArea, rleBox, rleToCoco } from "@masksmith/core";
import { array, fields, isPoint, readMask } from "../../state/index.js";

/** Masks of automatic generation as JSON, without what follows from the mask itself. */
export function foundToJson(masks: readonly ObjectMask[]): unknown {
  return masks.map(({ area, bbox, mask, ...facts }) => ({ ...facts, mask: rleToCoco(mask) }));
}

/** What `foundToJson` wrote; storage is not trusted, so a mask that does not read well is left out. */
export function foundFromJson(stored: unknown): ObjectMask[] {
  return array(stored).flatMap((value) => {
    const { id, mask, predictedIou, stabilityScore, score, point, cropBox } = fields(value);
    const rle = readMask(mask);
    if (!rle || !isPoint(point) || ![id, predictedIou, stabilityScore].every(Number.isFinite)) return [];
    const numbers = { id, predictedIou, stabilityScore } as Pick<ObjectMask, "id" | "predictedIou" | "stabilityScore">;
    const crop = array(cropBox).filter(Number.isFinite);
    const whole = [0, 0, rle.size[1], rle.size[0]] as const;
    const box = crop.length === 4 ? (crop as unknown as ObjectMask["cropBox"]) : whole;
    const rank = typeof score === "number" && Number.isFinite(score) ? { score } : {};
    return [{ ...numbers, ...rank, point, cropBox: box, ...measured(rle) }];
  });
}

function measured(mask: Rle): Pick<ObjectMask, "mask" | "area" | "bbox"> {
  return { mask, area: rleArea(mask), bbox: rleBox(mask) };
}
