import { MasksmithError, type PictureRecord, readSa1b, salvageSa1b } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { notice } from "../terminal.js";
import type { Picture } from "./readImage.js";
import { textOf } from "./replaceable.js";

export interface ReplaceOptions {
  /** Replaces a record that is damaged. What a person made in it stays, as far as it is whole. */
  readonly force?: boolean;
}

/** The picture, if a damaged record of it may be replaced: for `readOldRecord`. */
export function forcedFor(picture: Picture, { force }: ReplaceOptions): PictureRecord["image"] | undefined {
  const { width, height } = picture.raster;
  return force ? { fileName: picture.name, width, height, extra: {} } : undefined;
}

/**
 * The record that is there, or undefined if none is.
 * @param forced the picture whose record may be replaced though it is damaged: what is whole in it is then read.
 * @throws MasksmithError `input` if it is damaged, and not forced: it may hold a person's work. `runtime` if it cannot be read.
 */
export async function readOldRecord(path: string, forced?: PictureRecord["image"]): Promise<PictureRecord | undefined> {
  const text = await textOf(path);
  if (text === undefined || text === "") return undefined;
  try {
    return readSa1b(text);
  } catch (cause) {
    if (!forced) throw damagedRecord(path, cause);
    const found = salvageSa1b(text, forced);
    if (found && found.lost > 0) notice(`${path}: ${found.lost} damaged masks are dropped`);
    return found?.record;
  }
}

function damagedRecord(path: string, cause: unknown): MasksmithError {
  const way =
    "move it away to have it made again, or give --force, which keeps what a person made as far as it is whole";
  return new MasksmithError("input", `${path} is damaged and was left alone; ${way}: ${reasonOf(cause)}`, { cause });
}
