import { stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import {
  invalid,
  isProtected,
  mergeAutomatic,
  type ObjectMask,
  type PictureRecord,
  recordOf,
  writeSa1b,
} from "@masksmith/core";
import { checkWritable, type Output, writeAll } from "./atomic.js";
import { checkNoHandwork, folderFiles, ownFiles, RECORD_FILE, removeStale } from "./autoOutputFolder.js";
import { overlayPng } from "./autoOutputOverlay.js";
import { objectsPsd } from "./autoOutputPsd.js";
import { Inputs } from "./inputs.js";
import { forcedFor, type ReplaceOptions, readOldRecord } from "./oldRecord.js";
import type { OutputNeed, Picture } from "./readImage.js";

/** A way to write all objects of a picture. */
interface AutoFormat {
  readonly render: (
    path: string,
    picture: Picture,
    masks: readonly ObjectMask[],
    options: ReplaceOptions,
  ) => Promise<Output[]>;
  /** Bytes for each pixel of the picture that making it takes, at the least. */
  readonly memory: number;
  /** Longest side in pixels that the format allows. */
  readonly maxSide: number;
}

const FORMATS: Readonly<Record<string, AutoFormat>> = {
  ".json": { render: recordFile, memory: 0, maxSide: 2 ** 31 },
  ".png": { render: overlayPng, memory: 6, maxSide: 2 ** 31 },
  ".psd": { render: objectsPsd, memory: 12, maxSide: 30_000 },
};
const FOLDER: AutoFormat = { render: folderFiles, memory: 2, maxSide: 2 ** 31 };

/** SA-1B record of one picture as `auto --json` prints it. */
export function autoJson(picture: Picture, masks: readonly ObjectMask[]): string {
  return writeSa1b(recordOfPicture(picture, masks));
}

/**
 * Checks before the work that `auto` can write there: .json (SA-1B record), .png (colour overlay), .psd (a group of masked
 * layers), or a folder (a name that ends in "/", or a folder that is there).
 * @throws MasksmithError `input` for another extension, a picture too large for the format, an output that is the picture
 * itself, or a damaged record there; `runtime` if it cannot be written.
 */
export async function checkAutoOutput(path: string, picture?: Picture, options: ReplaceOptions = {}): Promise<void> {
  const format = await formatOf(path);
  const longSide = picture ? Math.max(picture.raster.width, picture.raster.height) : 0;
  if (longSide > format.maxSide)
    throw invalid("--out", `a format for sides of ${longSide} pixels (this one holds ${format.maxSide})`, path);
  if (picture) {
    const inputs = await inputsOf(picture);
    await inputs.refuse("--out", format === FOLDER ? await ownFiles(path, picture.path) : [path]);
  }
  await checkWritable(format === FOLDER ? join(path, RECORD_FILE) : path);
  if (!picture) return;
  if (format === FOLDER) await checkNoHandwork(path, picture, options);
  if (format.render === recordFile) await readOldRecord(path, forcedFor(picture, options));
}

/** What the output takes while it is made: known before the picture is read. */
export async function autoNeed(path: string): Promise<OutputNeed> {
  return { bytesAPixel: (await formatOf(path)).memory, outputs: path };
}

/**
 * Writes all objects of a picture, whole or not at all; the format goes by `path` as in `checkAutoOutput`.
 * @returns the files written.
 * @throws MasksmithError as `checkAutoOutput`.
 */
export async function writeAuto(
  path: string,
  picture: Picture,
  masks: readonly ObjectMask[],
  options: ReplaceOptions = {},
): Promise<string[]> {
  const format = await formatOf(path);
  if (format === FOLDER) await checkNoHandwork(path, picture, options);
  const outputs = await format.render(path, picture, masks, options);
  const inputs = await inputsOf(picture);
  await inputs.refuse(
    "--out",
    outputs.map((output) => output.path),
  );
  const stale = format === FOLDER ? await removeStale(path, inputs) : undefined;
  await writeAll(outputs);
  await stale?.(outputs);
  return outputs.map((output) => output.path);
}

async function formatOf(path: string): Promise<AutoFormat> {
  if (path.endsWith("/") || path.endsWith(sep) || (await isFolder(path))) return FOLDER;
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) throw invalid("--out", `a file name that ends in ${Object.keys(FORMATS).join(", ")}, or a folder`, path);
  return format;
}

function inputsOf(picture: Picture): Promise<Inputs> {
  return new Inputs().add(picture.path, "the picture itself");
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** A record that is there and holds masks that a person made or confirmed is merged into, not replaced. */
async function recordFile(
  path: string,
  picture: Picture,
  masks: readonly ObjectMask[],
  options: ReplaceOptions,
): Promise<Output[]> {
  const fresh = recordOfPicture(picture, masks);
  const old = await readOldRecord(path, forcedFor(picture, options));
  const record = old?.masks.some(isProtected) ? mergeAutomatic(old, fresh) : fresh;
  return [{ path, bytes: new TextEncoder().encode(writeSa1b(record)) }];
}

function recordOfPicture({ name, raster: { width, height } }: Picture, masks: readonly ObjectMask[]): PictureRecord {
  return recordOf({ fileName: name, width, height }, masks);
}
