import { readFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { type Box, box, invalid, type Point, point, type Rle, rleFromCoco } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { checkFile } from "../io/readImage.js";

/** One labelled object: where a user would click or draw, and the truth. */
export interface LabelledObject {
  /** File name of its picture, in the folder. */
  readonly image: string;
  readonly name: string;
  readonly click: Point<"document">;
  readonly box: Box<"document">;
  readonly mask: Rle;
}

/**
 * Reads the folder's objects.json: an array of `{ image, name, click: [x, y], box: [x0, y0, x1, y1], segmentation }`, the
 * last a COCO RLE of the picture's size, all in its pixels.
 * @throws MasksmithError `input` that names the object and field.
 */
export async function readObjects(folder: string): Promise<LabelledObject[]> {
  const path = join(folder, "objects.json");
  await checkFile("objects.json", path);
  const rows = parse(await readFile(path, "utf8"), path);
  return rows.map((row, i) => toObject(row, `object ${i}`));
}

function parse(text: string, path: string): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid("objects.json", `JSON (${reasonOf(cause)})`, path);
  }
  if (!Array.isArray(json) || json.length === 0) throw invalid("objects.json", "an array of objects", json);
  return json;
}

function toObject(row: unknown, what: string): LabelledObject {
  if (typeof row !== "object" || row === null) throw invalid(what, "an object", row);
  const { image, name = "", click, box: sides, segmentation } = row as Readonly<Record<string, unknown>>;
  if (typeof image !== "string" || image === "" || isAbsolute(image) || normalize(image).startsWith(".."))
    throw invalid(`${what} image`, "a file name inside the folder", image);
  if (typeof segmentation !== "object" || segmentation === null)
    throw invalid(`${what} segmentation`, "a COCO RLE", segmentation);
  const [x, y] = numbers(click, 2, `${what} click`) as [number, number];
  const [x0, y0, x1, y1] = numbers(sides, 4, `${what} box`) as [number, number, number, number];
  return {
    image,
    name: String(name),
    click: point("document", x, y),
    box: box("document", x0, y0, x1, y1),
    mask: rleFromCoco(segmentation as Parameters<typeof rleFromCoco>[0]),
  };
}

function numbers(value: unknown, count: number, what: string): number[] {
  const valid = Array.isArray(value) && value.length === count && value.every(Number.isFinite);
  if (!valid) throw invalid(what, `${count} numbers`, value);
  return value;
}
