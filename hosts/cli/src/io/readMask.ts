import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { encodeRle, invalid, isEmptyRle, type Rle, rleFromCoco, rleFromCounts, type Size } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { checkFile, decode } from "./readImage.js";

/**
 * Reads a binary mask of the picture. A picture file is mask where its grey value is 128 or more (transparency counts as
 * black). A `.json` file holds a COCO RLE, alone or as the `segmentation` of an annotation, or is what `segment --json`
 * wrote, with one mask.
 * @throws MasksmithError `input` if it is no mask, is empty, or is not of the picture's size.
 */
export async function readMask(path: string, picture: Size<"document">): Promise<Rle> {
  await checkFile("--mask", path);
  const rle = extname(path).toLowerCase() === ".json" ? await readJson(path) : await readPixels(path);
  const [height, width] = rle.size;
  if (width !== picture.width || height !== picture.height) {
    const expected = `of the picture's size, ${picture.width} x ${picture.height} pixels`;
    throw invalid("--mask", expected, `${path} of ${width} x ${height}`);
  }
  if (isEmptyRle(rle)) throw invalid("--mask", "a mask that marks at least one pixel", path);
  return rle;
}

async function readPixels(path: string): Promise<Rle> {
  const { data, info } = await decode("--mask", path, (file) =>
    file.flatten({ background: "#000" }).greyscale().threshold(128).toColourspace("b-w"),
  );
  return encodeRle(data, info.width, info.height);
}

async function readJson(path: string): Promise<Rle> {
  try {
    return toRle(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    throw invalid("--mask", `JSON with one COCO RLE (${reasonOf(cause)})`, path);
  }
}

/** @throws MasksmithError `input` */
function toRle(json: unknown): Rle {
  const { masks, segmentation, size, counts } = record(json);
  if (Array.isArray(masks)) {
    if (masks.length !== 1) throw invalid("masks", "an array of one", `${masks.length} of them`);
    return toRle(masks[0]);
  }
  if (segmentation !== undefined) return toRle(segmentation);
  // Both readers check size and counts themselves: the types here are only claims.
  const claimed = size as readonly [number, number];
  return typeof counts === "string"
    ? rleFromCoco({ size: claimed, counts })
    : rleFromCounts(claimed, counts as readonly number[]);
}

function record(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  throw invalid("RLE", "an object with size and counts", json);
}
