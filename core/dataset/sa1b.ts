import * as z from "zod";
import { rleArea, rleBox, rleToCoco } from "../mask/index.js";
import type { XywhBox } from "../types.js";
import { checked, extraOf, fieldError, parseJson, rleOf } from "./edge.js";
import { four, maskFields, readFields, rle, whole, writeFields } from "./fields.js";
import type { PictureRecord, RecordedMask } from "./record.js";

/**
 * SA-1B's file for one picture (facebookresearch/segment-anything, README, "Dataset"), with two fields more a mask:
 * `stage` and `confirmed`. A file without them is as Meta published it: all automatic.
 *
 * Its `bbox` is [left, top, right - left, bottom - top] of the outermost pixels themselves (`batched_mask_to_box`), so width
 * and height are one less than COCO's. It is converted here and nowhere else. When a file is read, `bbox` and `area` are
 * checked for their form only: the mask decides.
 */

const WHAT = "SA-1B record";

const image = z.looseObject({
  image_id: whole.optional(),
  width: whole.positive(),
  height: whole.positive(),
  file_name: z.string().min(1),
});

const annotation = z.looseObject({ id: whole, segmentation: rle, bbox: four, area: z.number(), ...maskFields });

const record = z.looseObject({ image, annotations: z.array(annotation) });

type Annotation = z.output<typeof annotation>;
const IMAGE_FIELDS = ["image_id", "width", "height", "file_name"];
const ANNOTATION_FIELDS = Object.keys(annotation.shape);

/** A record as JSON. */
export interface Sa1bRecord {
  readonly image: Readonly<Record<string, unknown>>;
  readonly annotations: readonly Readonly<Record<string, unknown>>[];
  readonly [extra: string]: unknown;
}

/**
 * Reads a record from a file's text or from a value.
 * @throws MasksmithError `input`, one line that names the field and what was expected.
 */
export function readSa1b(source: unknown): PictureRecord {
  const value = typeof source === "string" ? parseJson(source, WHAT) : source;
  const { image, annotations } = checked(record, value, WHAT);
  const original = value as { image: object; annotations: object[] };
  const seen = new Set<number>();
  const masks = annotations.map((annotation, i) => {
    if (seen.has(annotation.id))
      throw fieldError(WHAT, `annotations.${i}.id`, `must be unique, got ${annotation.id} again`);
    seen.add(annotation.id);
    return readMask(annotation, image, `annotations.${i}`, original.annotations[i]);
  });
  return {
    image: {
      fileName: image.file_name,
      width: image.width,
      height: image.height,
      ...(image.image_id === undefined ? {} : { imageId: image.image_id }),
      extra: extraOf(original.image, IMAGE_FIELDS),
    },
    masks,
    extra: extraOf(original, ["image", "annotations"]),
  };
}

/** What is left of a damaged record. */
export interface Salvage {
  readonly record: PictureRecord;
  /** Masks that could not be read. */
  readonly lost: number;
}

/**
 * Reads what can be read of a damaged record: every mask that is whole, whatever is wrong with the others and around them.
 * @param fallback the picture, where the record does not say it.
 * @returns undefined if nothing can be read.
 */
export function salvageSa1b(text: string, fallback: PictureRecord["image"]): Salvage | undefined {
  let value: { readonly image?: unknown; readonly annotations?: unknown } | null;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value?.annotations)) return undefined;
  const read = (image: unknown, annotations: unknown[]) => {
    try {
      return readSa1b({ image, annotations });
    } catch {
      return undefined;
    }
  };
  const { width, height, fileName: file_name } = fallback;
  const image = read(value.image, []) ? value.image : { width, height, file_name };
  const masks: RecordedMask[] = [];
  const seen = new Set<number>();
  let highest = 0;
  for (const annotation of value.annotations) {
    const [mask] = read(image, [annotation])?.masks ?? [];
    if (!mask) continue;
    const id = seen.has(mask.id) ? highest + 1 : mask.id;
    seen.add(id);
    highest = Math.max(highest, id);
    masks.push({ ...mask, id });
  }
  const record = { ...readSa1b({ image, annotations: [] }), masks };
  return { record, lost: value.annotations.length - masks.length };
}

function readMask(
  annotation: Annotation,
  picture: { readonly width: number; readonly height: number },
  field: string,
  original: object,
): RecordedMask {
  const { id, segmentation } = annotation;
  const described = readFields(annotation, "automatic");
  if (described.stage === "automatic" && !described.confirmed) checkScores(annotation, field);
  const mask = rleOf(segmentation, picture, WHAT, `${field}.segmentation`);
  const extra = extraOf(original, ANNOTATION_FIELDS);
  return { id, mask, area: rleArea(mask), bbox: rleBox(mask), ...described, extra };
}

/** What the model alone made has the model's scores. */
function checkScores(annotation: Annotation, field: string): void {
  for (const name of ["predicted_iou", "stability_score", "crop_box", "point_coords"] as const) {
    if (annotation[name] === undefined)
      throw fieldError(WHAT, `${field}.${name}`, "must be there for an automatic mask");
  }
}

/** The record as a value for `JSON.stringify`. */
export function sa1bRecord({ image, masks, extra }: PictureRecord): Sa1bRecord {
  return {
    ...extra,
    image: {
      ...image.extra,
      ...(image.imageId === undefined ? {} : { image_id: image.imageId }),
      width: image.width,
      height: image.height,
      file_name: image.fileName,
    },
    annotations: masks.map(sa1bAnnotation),
  };
}

/** The record as a file's text, with a newline at its end. */
export function writeSa1b(picture: PictureRecord): string {
  return `${JSON.stringify(sa1bRecord(picture))}\n`;
}

function sa1bAnnotation(mask: RecordedMask): Record<string, unknown> {
  return {
    ...mask.extra,
    id: mask.id,
    segmentation: rleToCoco(mask.mask),
    bbox: inclusive(mask.bbox),
    area: mask.area,
    ...writeFields(mask),
  };
}

function inclusive([x, y, width, height]: XywhBox): XywhBox {
  return [x, y, Math.max(0, width - 1), Math.max(0, height - 1)];
}
