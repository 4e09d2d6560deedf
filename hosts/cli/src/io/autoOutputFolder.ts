import { readdir, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { decodeRle, invalid, isProtected, type ObjectMask, recordOf, structureOf, writeSa1b } from "@masksmith/core";
import sharp from "sharp";
import type { Output } from "./atomic.js";
import type { Inputs } from "./inputs.js";
import { forcedFor, type ReplaceOptions, readOldRecord } from "./oldRecord.js";
import type { Picture } from "./readImage.js";

/** The SA-1B record in the folder; each annotation says its `file`, `name` and `parent` (an id, or null). */
export const RECORD_FILE = "record.json";
/** What `folderFiles` calls its masks: object-1.png, in it object-1.2.png. */
const MASK_FILE = /^object-\d+(\.\d+)*\.png$/i;

/** One 8-bit grey PNG of the picture's size a mask, 255 on the object, and their record. */
export async function folderFiles(path: string, picture: Picture, masks: readonly ObjectMask[]): Promise<Output[]> {
  const { width, height } = picture.raster;
  const { order, names, parents } = structureOf(masks, { width, height });
  const outputs: Output[] = [];
  for (const index of order) {
    outputs.push({ path: join(path, fileOf(names[index])), bytes: await maskPng(masks[index]) });
  }
  const record = recordOf({ fileName: picture.name, width, height }, masks);
  const described = record.masks.map((mask, i) => {
    const parent = parents[i] < 0 ? null : masks[parents[i]].id;
    return { ...mask, extra: { file: fileOf(names[i]), name: names[i], parent } };
  });
  const text = writeSa1b({ ...record, masks: described });
  return [...outputs, { path: join(path, RECORD_FILE), bytes: new TextEncoder().encode(text) }];
}

/**
 * All that `folderFiles` may write in the folder, as far as it matters: what is there by such a name, and a file of the name
 * of the picture, if that could be one.
 */
export async function ownFiles(path: string, picture: string): Promise<string[]> {
  const there = await readdir(path).catch((): string[] => []);
  const names = [...there, basename(picture)].filter((name) => MASK_FILE.test(name));
  return [RECORD_FILE, ...new Set(names)].map((name) => join(path, name));
}

/** @throws MasksmithError `input` if the record in the folder is damaged, or holds masks that a person made or confirmed. */
export async function checkNoHandwork(path: string, picture: Picture, options: ReplaceOptions): Promise<void> {
  const old = await readOldRecord(join(path, RECORD_FILE), forcedFor(picture, options));
  if (old?.masks.some(isProtected)) throw invalid("--out", "a folder without masks made or confirmed by hand", path);
}

/**
 * Prepares to remove the masks of an earlier run into the same folder that a new one does not replace: those, and only
 * those, that the record there names and that are no inputs. Call before writing; call the result after it, with what
 * was written.
 */
export async function removeStale(
  path: string,
  inputs: Inputs,
): Promise<(outputs: readonly Output[]) => Promise<void>> {
  // One that is damaged, and is to be replaced, names nothing that could be trusted.
  const old = await readOldRecord(join(path, RECORD_FILE)).catch(() => undefined);
  const files = (old?.masks ?? []).map(({ extra }) => extra.file);
  return async (outputs) => {
    const written = new Set(outputs.map((output) => output.path));
    for (const file of files) {
      if (typeof file !== "string" || !MASK_FILE.test(file) || written.has(join(path, file))) continue;
      if (!(await inputs.has(join(path, file)))) await unlink(join(path, file)).catch(() => {});
    }
  };
}

function fileOf(name: string): string {
  return `${name.toLowerCase().replace(" ", "-")}.png`;
}

/** Decodes the mask's own bounds only; libvips adds the background around them. */
async function maskPng({ mask, bbox, area }: ObjectMask): Promise<Uint8Array> {
  const [height, width] = mask.size;
  const [left, top, across, down] = area > 0 ? bbox : ([0, 0, 1, 1] as const);
  const pixels = decodeRle(mask, [left, top, across, down]);
  for (let i = 0; i < pixels.length; i++) pixels[i] = -pixels[i];
  const image = sharp(pixels, { raw: { width: across, height: down, channels: 1 }, limitInputPixels: false });
  const around = { left, top, right: width - left - across, bottom: height - top - down };
  return image
    .extend({ ...around, background: "black" })
    .toColourspace("b-w")
    .png()
    .toBuffer();
}
