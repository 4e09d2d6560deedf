import * as z from "zod";
import { rleArea, rleBox, rleToCoco } from "../mask/index.js";
import { type CocoAnnotation, type CocoInstances, cocoMask, type PolygonRule } from "./coco.js";
import { checked, extraOf } from "./edge.js";
import { MASK_FIELDS, maskFields, readFields, writeFields } from "./fields.js";
import type { PictureRecord, RecordedMask, Stage } from "./record.js";

const fields = z.looseObject(maskFields);

/**
 * Records of several pictures as one COCO instances file of the single category `name`. Images and annotations are
 * numbered from 1 in the records' order; masks are RLE; scores, points and stage go along as further fields.
 */
export function recordsToCoco(records: readonly PictureRecord[], name = "object"): CocoInstances {
  const annotations: CocoAnnotation[] = [];
  for (const [i, { masks }] of records.entries()) {
    for (const mask of masks) annotations.push(cocoAnnotation(mask, annotations.length + 1, i + 1));
  }
  return {
    images: records.map(({ image: { fileName, width, height, extra } }, i) => ({
      id: i + 1,
      fileName,
      width,
      height,
      extra,
    })),
    annotations,
    categories: [{ id: 1, name, extra: {} }],
    extra: {},
  };
}

function cocoAnnotation(recorded: RecordedMask, id: number, imageId: number): CocoAnnotation {
  const { size, counts } = rleToCoco(recorded.mask);
  return {
    id,
    imageId,
    categoryId: 1,
    segmentation: { size: [size[0], size[1]], counts },
    area: recorded.area,
    bbox: recorded.bbox,
    iscrowd: recorded.extra.iscrowd === 1,
    extra: { ...recorded.extra, ...writeFields(recorded) },
  };
}

/** How annotations of COCO become records. */
export interface FromCocoOptions {
  readonly rule?: PolygonRule;
  /**
   * Stage of annotations that name none; default "assisted-manual": COCO's masks are drawn by people, and an automatic run
   * must not touch them.
   */
  readonly stage?: Stage;
}

/**
 * One record an image, with all its masks decoded. Category and crowd flag stay as further fields of the mask.
 * @throws MasksmithError `input` that names the annotation and field.
 */
export function recordsFromCoco(
  { images, annotations }: CocoInstances,
  options: FromCocoOptions = {},
): PictureRecord[] {
  const masks = new Map<number, RecordedMask[]>(images.map(({ id }) => [id, []]));
  const imageOf = new Map(images.map((image) => [image.id, image]));
  for (const annotation of annotations) {
    const mask = cocoMask(annotation, imageOf.get(annotation.imageId)!, options.rule);
    const known = checked(fields, annotation.extra, `COCO file: annotation ${annotation.id}`);
    masks.get(annotation.imageId)!.push({
      id: annotation.id,
      mask,
      area: rleArea(mask),
      bbox: rleBox(mask),
      ...readFields(known, options.stage ?? "assisted-manual"),
      extra: {
        ...extraOf(annotation.extra, MASK_FIELDS),
        category_id: annotation.categoryId,
        ...(annotation.iscrowd ? { iscrowd: 1 } : {}),
      },
    });
  }
  return images.map(({ id, fileName, width, height, extra }) => ({
    image: { fileName, width, height, imageId: id, extra },
    masks: masks.get(id)!,
    extra: {},
  }));
}
