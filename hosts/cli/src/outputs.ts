import { realpath } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { invalid } from "@masksmith/core";
import { checkWritable, type Output } from "./io/atomic.js";
import { formatOf } from "./io/formats.js";
import { numberedPaths } from "./io/numbered.js";
import type { Picture } from "./io/readImage.js";
import { cutoutPngs } from "./io/writePng.js";
import type { SegmentResult } from "./result.js";

/** The options that say where results go, and the inputs that they must not overwrite. */
export interface OutputOptions {
  readonly out?: string;
  readonly cutout?: string;
  /** The cut-out shows the object's own colours only. */
  readonly decontaminate?: true;
  readonly mask?: string;
}

/** Checks the names alone. @throws MasksmithError `input`. */
export function checkOutputNames({ out, cutout }: OutputOptions): void {
  if (out !== undefined) formatOf(out);
  if (cutout !== undefined && extname(cutout).toLowerCase() !== ".png") {
    throw invalid("--cutout", "a file name that ends in .png", cutout);
  }
}

/**
 * Checks, before the work, where `count` masks of the picture are to go.
 * @throws MasksmithError `input` if two files would be the same or an input would be overwritten, or the picture is too
 * large for the format; `runtime` if a file cannot be written there.
 */
export async function checkOutputs(options: OutputOptions, picture: Picture, count: number): Promise<void> {
  const { out, cutout, mask } = options;
  const { width, height } = picture.raster;
  const taken = new Map([[await realpath(picture.path), "the picture itself"]]);
  if (mask !== undefined) taken.set(await realpath(mask), "the --mask file");
  if (out !== undefined) {
    const { numbered, maxSide } = formatOf(out);
    if (Math.max(width, height) > maxSide) {
      const expected = `a format for ${width} x ${height} pixels (${extname(out)} holds at most ${maxSide} a side)`;
      throw invalid("--out", expected, out);
    }
    await claim("--out", numbered ? numberedPaths(out, count) : [out], taken);
  }
  if (cutout !== undefined) await claim("--cutout", numberedPaths(cutout, count), taken);
}

/** All files of the result, in memory. */
export async function render(result: SegmentResult, { out, cutout, decontaminate }: OutputOptions): Promise<Output[]> {
  const outputs = out === undefined ? [] : await formatOf(out).write(result, out);
  if (cutout !== undefined) outputs.push(...(await cutoutPngs(result, cutout, decontaminate ? { decontaminate } : {})));
  return outputs;
}

async function claim(option: string, paths: readonly string[], taken: Map<string, string>): Promise<void> {
  for (const path of paths) {
    const real = await realPlace(path);
    const owner = taken.get(real);
    if (owner) throw invalid(option, `another file than ${owner}`, path);
    taken.set(real, `that of ${option}`);
    await checkWritable(path);
  }
}

/** The path without links, also of a file that does not exist yet. */
async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const full = resolve(path);
    const folder = dirname(full);
    return folder === full ? full : join(await realPlace(folder), full.slice(folder.length));
  }
}
