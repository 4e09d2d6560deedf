import { readFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { type Box, box, invalid, type Point, point, type Rle, rleFromCoco } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { isThere } from "../io/isThere.js";
import { checkFile } from "../io/readImage.js";

/** One labelled click: where a user would click or draw, and what people see there. */
export interface Labelled {
  /** File name of its picture, in the folder. */
  readonly image: string;
  readonly click: Point<"document">;
  readonly box: Box<"document">;
  /** The region that is most likely meant. */
  readonly mask: Rle;
  /** All regions under the click that are sensible answers. */
  readonly regions: readonly Rle[];
}

/**
 * Reads the folder's objects.json, an array of `{ image, click: [x, y], box: [x0, y0, x1, y1], segmentation }`, and its
 * clicks.json, the same with `regions`: all that people drew under the click. Masks are COCO RLEs of the picture's size, all is
 * in its pixels. One of the two files is enough; an object without `regions` has its own mask alone.
 * @throws MasksmithError `input` that names the row and field.
 */
export async function readLabelled(folder: string): Promise<Labelled[]> {
  const found: Labelled[] = [];
  const clicks = join(folder, "clicks.json");
  const hasClicks = await isThere(clicks);
  const objects = join(folder, "objects.json");
  if (!hasClicks || (await isThere(objects))) found.push(...(await readRows(objects, "objects.json", "object")));
  if (hasClicks) found.push(...(await readRows(clicks, "clicks.json", "click")));
  return found;
}

async function readRows(path: string, name: string, what: string): Promise<Labelled[]> {
  await checkFile(name, path);
  return parse(await readFile(path, "utf8"), path, name, what).map((row, i) => toLabelled(row, `${what} ${i}`));
}

function parse(text: string, path: string, name: string, what: string): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid(name, `JSON (${reasonOf(cause)})`, path);
  }
  if (!Array.isArray(json) || json.length === 0) throw invalid(name, `an array of ${what}s`, json);
  return json;
}

function toLabelled(row: unknown, what: string): Labelled {
  if (typeof row !== "object" || row === null) throw invalid(what, "an object", row);
  const { image, click, box: sides, segmentation, regions } = row as Readonly<Record<string, unknown>>;
  if (typeof image !== "string" || image === "" || isAbsolute(image) || normalize(image).startsWith(".."))
    throw invalid(`${what} image`, "a file name inside the folder", image);
  const [x, y] = numbers(click, 2, `${what} click`) as [number, number];
  const [x0, y0, x1, y1] = numbers(sides, 4, `${what} box`) as [number, number, number, number];
  const mask = toRle(segmentation, `${what} segmentation`);
  if (regions !== undefined && !Array.isArray(regions))
    throw invalid(`${what} regions`, "a list of COCO RLEs", regions);
  const all = (regions as unknown[] | undefined)?.map((region, i) => toRle(region, `${what} region ${i}`)) ?? [];
  const at = { click: point("document", x, y), box: box("document", x0, y0, x1, y1) };
  return { image, ...at, mask, regions: all.length > 0 ? all : [mask] };
}

function toRle(value: unknown, what: string): Rle {
  if (typeof value !== "object" || value === null) throw invalid(what, "a COCO RLE", value);
  return rleFromCoco(value as Parameters<typeof rleFromCoco>[0]);
}

function numbers(value: unknown, count: number, what: string): number[] {
  const valid = Array.isArray(value) && value.length === count && value.every(Number.isFinite);
  if (!valid) throw invalid(what, `${count} numbers`, value);
  return value;
}

/** A sample of `count`, spread evenly over all; the same each time. */
export function sampled<T>(all: readonly T[], count: number): T[] {
  if (count >= all.length) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)]);
}
