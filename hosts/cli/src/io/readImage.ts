import { access, constants, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { invalid, MasksmithError, type Raster } from "@masksmith/core";
import sharp, { type Sharp } from "sharp";
import { failedAt, isOutOfMemory, reasonOf } from "../failure.js";
import { availableMemory } from "../memory.js";

/** Four bytes a pixel then fill the largest buffer that Node 20 can make. */
const MAX_PIXELS = 2 ** 30;

/** What decoding takes at least: the pixels as libvips makes them, and as they are handed over. */
const BYTES_A_PIXEL = 8;

/** What a command's outputs take beside the picture, while it is in memory. */
export interface OutputNeed {
  readonly bytesAPixel: number;
  /** The outputs, in words. */
  readonly outputs: string;
}

const NO_OUTPUTS: OutputNeed = { bytesAPixel: 0, outputs: "" };

/** A picture as its viewer sees it: upright, sRGB, 8 bits a channel, straight alpha. */
export interface Picture {
  readonly path: string;
  /** The file's name without its folder. */
  readonly name: string;
  readonly raster: Raster & { readonly channels: 3 | 4; readonly data: Uint8Array };
}

export interface ReadOptions {
  /** Take the stored colours as they are, as the original Python code does; only for comparing with it. */
  readonly ignoreProfile?: boolean;
}

/**
 * Those of a command's options that change the pixels, without those that are off: what a picture is read with, and what its
 * results depend on. The one place that knows them.
 */
export function readOptionsOf({ ignoreProfile }: ReadOptions): ReadOptions {
  return ignoreProfile ? { ignoreProfile } : {};
}

/**
 * Reads a JPEG, PNG, WebP or TIFF (the first page, if there are several): EXIF orientation applied, colour profiles and
 * CMYK turned to sRGB, 16 bits reduced to 8. Alpha stays straight, so colours under transparent pixels are as stored.
 * @param need of the outputs that are to be made of it.
 * @throws MasksmithError `input` if the file is no whole picture, `runtime` if it and its outputs do not fit into memory.
 */
export async function readImage(path: string, options: ReadOptions = {}, need = NO_OUTPUTS): Promise<Picture> {
  await checkFile("image", path);
  const { data, info } = await decode("image", path, (file) => file.toColourspace("srgb"), options, need);
  if (info.channels !== 3 && info.channels !== 4)
    throw invalid("image", "one of colours and at most one alpha channel", `${path} of ${info.channels} channels`);
  return {
    path,
    name: basename(path),
    raster: { width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3, data },
  };
}

/** Decodes upright pixels, interleaved, 8 bits a channel; `what` names the file in errors. */
export async function decode(
  what: string,
  path: string,
  convert: (file: Sharp) => Sharp,
  { ignoreProfile = false }: ReadOptions = {},
  need = NO_OUTPUTS,
) {
  // libvips takes what stands in brackets at the end of a name for options.
  const source = /\[.*\]$/.test(path) ? await readFile(path) : path;
  // A picture of any size is welcome as long as its pixels fit; sharp's own limit is 268 million pixels.
  const file = sharp(source, { failOn: "error", limitInputPixels: false, autoOrient: true, ignoreIcc: ignoreProfile });
  const { width, height, depth } = await file.metadata().catch((cause) => {
    throw invalid(what, `a readable JPEG, PNG, WebP or TIFF file (${reasonOf(cause)})`, path);
  });
  // Nothing says what number is white.
  if (depth === "uint" || depth === "int")
    throw invalid(what, "a picture of 8 or 16 bits a channel, or of floats", `${path} of 32-bit integers`);
  checkFits(what, path, { width, height }, need);
  try {
    return await convert(file).raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
  } catch (cause) {
    if (isOutOfMemory(cause)) throw failedAt(`cannot hold ${what} ${path} of ${width} x ${height} pixels`, cause);
    throw invalid(what, `a whole picture, not a damaged or truncated one (${reasonOf(cause)})`, path);
  }
}

/** @throws MasksmithError `input` unless `path` is a file that can be read and holds something. */
export async function checkFile(what: string, path: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw invalid(what, `a file that can be read (${reasonOf(cause)})`, path);
  }
  const found = await stat(path);
  if (!found.isFile()) throw invalid(what, `a file, not a ${found.isDirectory() ? "folder" : "device or pipe"}`, path);
  if (found.size === 0) throw invalid(what, "a file that is not empty", path);
}

/**
 * Before decoding: how large a picture is takes a file few bytes to say.
 * @throws MasksmithError `runtime`, what it and its outputs would need, and what there is.
 */
export function checkFits(
  what: string,
  path: string,
  { width, height }: { readonly width: number; readonly height: number },
  need = NO_OUTPUTS,
  available = availableMemory(),
): void {
  const picture = `${what} ${path} of ${width} x ${height} pixels`;
  if (width * height > MAX_PIXELS)
    throw new MasksmithError("runtime", `not enough memory: ${picture}: at most ${MAX_PIXELS} pixels can be held`);
  const gigabytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GB`;
  const reading = width * height * BYTES_A_PIXEL;
  const writing = width * height * need.bytesAPixel;
  if (reading + writing <= available) return;
  const also = writing > 0 ? `, and ${gigabytes(writing)} for ${need.outputs}` : "";
  const needs = `needs about ${gigabytes(reading)}${also}; ${gigabytes(available)} are free`;
  throw new MasksmithError("runtime", `not enough memory: ${picture} ${needs}`);
}
