import * as z from "zod";
import { rleUnion } from "../mask/index.js";
import type { Rle } from "../types.js";
import { checked, type Extra, extraOf, fieldError, parseJson, rleOf } from "./edge.js";
import { four, rle, whole } from "./fields.js";
import { polygonsToRle } from "./polygon.js";

/** COCO's instances file (cocodataset.org, "Data format", object detection). Only what is used is checked; the rest is kept. */

const WHAT = "COCO file";

const image = z.looseObject({
  id: whole,
  width: whole.positive(),
  height: whole.positive(),
  file_name: z.string().min(1),
});

const annotation = z.looseObject({
  id: whole,
  image_id: whole,
  category_id: whole,
  segmentation: z.union([rle, z.array(z.array(z.number()))], { error: "must be polygons or an RLE" }),
  area: z.number().optional(),
  bbox: four.optional(),
  iscrowd: z.literal([0, 1]).default(0),
});

const category = z.looseObject({ id: whole, name: z.string(), supercategory: z.string().optional() });

const instances = z.looseObject({
  images: z.array(image),
  annotations: z.array(annotation),
  categories: z.array(category),
});

/** Polygons as [x0, y0, x1, y1, ...], or run lengths, compressed or not. */
export type CocoSegmentation = z.output<typeof annotation>["segmentation"];

/** A picture of an instances file. `extra`: its fields that are not named here. */
export interface CocoImage {
  readonly id: number;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly extra: Extra;
}

/** One object of an instances file. */
export interface CocoAnnotation {
  readonly id: number;
  readonly imageId: number;
  readonly categoryId: number;
  /** As in the file; `cocoMask` makes it a mask. */
  readonly segmentation: CocoSegmentation;
  readonly area?: number;
  /** [x, y, width, height], edges exclusive. */
  readonly bbox?: readonly [number, number, number, number];
  /** The mask covers several objects that were not told apart. */
  readonly iscrowd: boolean;
  readonly extra: Extra;
}

/** A category of an instances file. */
export interface CocoCategory {
  readonly id: number;
  readonly name: string;
  readonly extra: Extra;
}

/** An instances file of COCO, checked. */
export interface CocoInstances {
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly CocoCategory[];
  readonly extra: Extra;
}

/**
 * Reads an instances file from its text or from a value. Masks are not decoded yet.
 * @throws MasksmithError `input`, one line that names the field and what was expected.
 */
export function readCoco(source: unknown): CocoInstances {
  const value = typeof source === "string" ? parseJson(source, WHAT) : source;
  const { images, annotations, categories } = checked(instances, value, WHAT);
  const original = value as { images: object[]; annotations: object[]; categories: object[] };
  const imageIds = uniqueIds(images, "images");
  const categoryIds = uniqueIds(categories, "categories");
  uniqueIds(annotations, "annotations");
  for (const [i, { image_id, category_id }] of annotations.entries()) {
    if (!imageIds.has(image_id))
      throw fieldError(WHAT, `annotations.${i}.image_id`, `must be an image's id, got ${image_id}`);
    if (!categoryIds.has(category_id))
      throw fieldError(WHAT, `annotations.${i}.category_id`, `must be a category's id, got ${category_id}`);
  }
  return {
    images: images.map(({ id, file_name, width, height }, i) => {
      const extra = extraOf(original.images[i], Object.keys(image.shape));
      return { id, fileName: file_name, width, height, extra };
    }),
    annotations: annotations.map((found, i) => readAnnotation(found, original.annotations[i])),
    categories: categories.map(({ id, name }, i) => ({
      id,
      name,
      extra: extraOf(original.categories[i], ["id", "name"]),
    })),
    extra: extraOf(original, Object.keys(instances.shape)),
  };
}

function readAnnotation(found: z.output<typeof annotation>, original: object): CocoAnnotation {
  const { id, image_id, category_id, segmentation, area, bbox, iscrowd } = found;
  return {
    id,
    imageId: image_id,
    categoryId: category_id,
    segmentation,
    ...(area === undefined ? {} : { area }),
    ...(bbox === undefined ? {} : { bbox }),
    iscrowd: iscrowd === 1,
    extra: extraOf(original, Object.keys(annotation.shape)),
  };
}

function uniqueIds(rows: readonly { readonly id: number }[], list: string): Set<number> {
  const ids = new Set<number>();
  for (const [i, { id }] of rows.entries()) {
    if (ids.has(id)) throw fieldError(WHAT, `${list}.${i}.id`, `must be unique, got ${id} again`);
    ids.add(id);
  }
  return ids;
}

/**
 * How polygons of one annotation make its mask: `union` is COCO's own rule (pycocotools `merge`), under which a polygon
 * inside another changes nothing; `even-odd` takes it for a hole, which many tools mean that write holes.
 */
export type PolygonRule = "union" | "even-odd";

/**
 * The annotation's mask on its image; with `union` the same bytes as pycocotools `annToRLE`.
 * @throws MasksmithError `input` that names the annotation and what is wrong with its segmentation.
 */
export function cocoMask(annotation: CocoAnnotation, image: CocoImage, rule: PolygonRule = "union"): Rle {
  const { segmentation } = annotation;
  const field = `annotation ${annotation.id}: segmentation`;
  if (!Array.isArray(segmentation)) return rleOf(segmentation, image, WHAT, field);
  try {
    const { width, height } = image;
    if (rule === "even-odd") return polygonsToRle(segmentation, width, height);
    return segmentation
      .map((polygon) => polygonsToRle([polygon], width, height))
      .reduce((all, one) => rleUnion(all, one), polygonsToRle([], width, height));
  } catch (error) {
    throw fieldError(WHAT, field, (error as Error).message);
  }
}

/** The file's text, with a newline at its end. What `readCoco` read is written as it was, unknown fields included. */
export function writeCoco({ images, annotations, categories, extra }: CocoInstances): string {
  const value = {
    ...extra,
    images: images.map(imageRow),
    annotations: annotations.map(annotationRow),
    categories: categories.map(({ id, name, extra }) => ({ ...extra, id, name })),
  };
  return `${JSON.stringify(value)}\n`;
}

/** An image as the file has it. */
export function imageRow({ id, fileName, width, height, extra }: CocoImage): Record<string, unknown> {
  return { ...extra, id, width, height, file_name: fileName };
}

/** An annotation as the file has it. */
export function annotationRow(annotation: CocoAnnotation): Record<string, unknown> {
  const { imageId, categoryId, iscrowd, id, segmentation, area, bbox, extra } = annotation;
  return {
    ...extra,
    id,
    image_id: imageId,
    category_id: categoryId,
    segmentation,
    ...(area === undefined ? {} : { area }),
    ...(bbox === undefined ? {} : { bbox }),
    iscrowd: iscrowd ? 1 : 0,
  };
}
