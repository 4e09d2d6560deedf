import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { invalid, type ObjectMask, type Raster, type Rle, rleFromCoco, rleIou } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { checkFile, readImage } from "../io/readImage.js";

/** A region counts as found if a mask has this IoU with it, or more. */
const FOUND = [0.5, 0.7, 0.8] as const;
/** Two masks with a greater IoU are near copies of each other. */
const COPY = 0.7;

/** A picture with the regions that people agree on, each once. */
export interface RegionPicture {
  readonly image: string;
  readonly regions: readonly Rle[];
}

/** The row `objects`: how much of what people see automatic generation finds. */
export interface ObjectsRow {
  readonly name: "objects";
  readonly pictures: number;
  readonly regions: number;
  /** Shares of the regions for which a mask has an IoU of 0.5, 0.7, 0.8 or more. */
  readonly recall_50: number;
  readonly recall_70: number;
  readonly recall_80: number;
  /** Means a picture: masks, pairs of masks whose IoU is over 0.7, and seconds with the encoding. */
  readonly masks: number;
  readonly near_copies: number;
  readonly seconds: number;
}

/**
 * Reads the agreed regions of the folder's clicks.json: of an array of `{ image, segmentation }`, the latter a COCO RLE, each
 * region once.
 * @throws MasksmithError `input` that names the row.
 */
export async function readRegions(folder: string): Promise<RegionPicture[]> {
  const path = join(folder, "clicks.json");
  await checkFile("clicks.json", path);
  const pictures = new Map<string, Map<string, Rle>>();
  for (const [i, row] of parse(await readFile(path, "utf8"), path).entries()) {
    const { image, segmentation } = (row ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof image !== "string" || image === "") throw invalid(`click ${i} image`, "a file name", image);
    if (typeof segmentation !== "object" || segmentation === null)
      throw invalid(`click ${i} segmentation`, "a COCO RLE", segmentation);
    const regions = pictures.get(image) ?? new Map<string, Rle>();
    pictures.set(image, regions);
    const key = JSON.stringify(segmentation);
    if (!regions.has(key)) regions.set(key, rleFromCoco(segmentation as Parameters<typeof rleFromCoco>[0]));
  }
  return [...pictures].map(([image, regions]) => ({ image, regions: [...regions.values()] }));
}

function parse(text: string, path: string): unknown[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw invalid("clicks.json", `JSON (${reasonOf(cause)})`, path);
  }
  if (!Array.isArray(json) || json.length === 0) throw invalid("clicks.json", "an array of clicks", json);
  return json;
}

/** A sample of `count` pictures, spread evenly over all of them in the order of their names; the same each time. */
export function samplePictures(pictures: readonly RegionPicture[], count: number): RegionPicture[] {
  const byName = pictures.toSorted((a, b) => (a.image < b.image ? -1 : 1));
  if (count >= byName.length) return byName;
  return Array.from({ length: count }, (_, i) => byName[Math.floor(((i + 0.5) * byName.length) / count)]);
}

/** Finds all objects of each picture and compares them with the regions. */
export async function evaluateObjects(
  folder: string,
  pictures: readonly RegionPicture[],
  generate: (picture: Raster) => Promise<readonly ObjectMask[]>,
  report: (done: number) => void,
): Promise<ObjectsRow> {
  const best: number[] = [];
  let masks = 0;
  let copies = 0;
  let seconds = 0;
  for (const [done, { image, regions }] of pictures.entries()) {
    report(done);
    const { raster } = await readImage(join(folder, image));
    const started = performance.now();
    const found = await generate(raster);
    seconds += (performance.now() - started) / 1000;
    masks += found.length;
    copies += nearCopies(found);
    best.push(...bestIous(found, regions));
  }
  const recall = (least: number) => best.filter((iou) => iou >= least).length / best.length;
  const [recall_50, recall_70, recall_80] = FOUND.map(recall) as [number, number, number];
  const mean = (sum: number) => sum / pictures.length;
  return {
    name: "objects",
    pictures: pictures.length,
    regions: best.length,
    ...{ recall_50, recall_70, recall_80 },
    ...{ masks: mean(masks), near_copies: mean(copies), seconds: mean(seconds) },
  };
}

/** For each region the IoU of the mask that is most like it. */
function bestIous(masks: readonly Pick<ObjectMask, "mask">[], regions: readonly Rle[]): number[] {
  return regions.map((region) => Math.max(0, ...masks.map(({ mask }) => rleIou(mask, region))));
}

/** Pairs of masks that show the same thing. */
function nearCopies(masks: readonly Pick<ObjectMask, "mask">[]): number {
  return masks.reduce(
    (sum, { mask }, i) => sum + masks.slice(0, i).filter((other) => rleIou(mask, other.mask) > COPY).length,
    0,
  );
}
