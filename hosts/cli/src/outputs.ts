import { extname } from "node:path";
import { invalid } from "@masksmith/core";
import { checkWritable, type Output } from "./io/atomic.js";
import { formatOf } from "./io/formats.js";
import { Inputs } from "./io/inputs.js";
import { numberedPaths } from "./io/numbered.js";
import type { OutputNeed, Picture } from "./io/readImage.js";
import { checkReplaceable } from "./io/replaceable.js";
import { cutoutPngs } from "./io/writePng.js";
import type { SegmentResult } from "./result.js";

/** The options that say where results go, and the inputs that they must not overwrite. */
export interface OutputOptions {
  readonly out?: string;
  readonly cutout?: string;
  /** The cut-out shows the object's own colours only. */
  readonly decontaminate?: true;
  readonly mask?: string;
  /** Replaces a .json file of another kind, such as a record of masks. */
  readonly force?: true;
}

/** Checks the names alone. @throws MasksmithError `input`. */
export function checkOutputNames({ out, cutout }: OutputOptions): void {
  if (out !== undefined) formatOf(out);
  if (cutout !== undefined && extname(cutout).toLowerCase() !== ".png") {
    throw invalid("--cutout", "a file name that ends in .png", cutout);
  }
}

/** Bytes for each pixel of a cut-out, and of what is handed on for it. */
const CUTOUT_BYTES = 8;

/** What the outputs of so many masks take while they are made: known before the picture is read. */
export function outputNeed({ out, cutout }: OutputOptions, masks: number): OutputNeed {
  const named = [out, cutout].filter((path) => path !== undefined);
  const bytesAPixel = (out === undefined ? 0 : formatOf(out).memory(masks)) + (cutout === undefined ? 0 : CUTOUT_BYTES);
  return { bytesAPixel, outputs: `${named.join(" and ")} with ${masks === 1 ? "1 mask" : `${masks} masks`}` };
}

/**
 * Checks, before the work, where `count` masks of the picture are to go.
 * @param model the files of the model, which are inputs too.
 * @throws MasksmithError `input` if two files would be the same or an input would be overwritten, or the picture is too
 * large for the format; `runtime` if a file cannot be written there.
 */
export async function checkOutputs(
  options: OutputOptions,
  picture: Picture,
  count: number,
  model: readonly string[] = [],
): Promise<void> {
  const { out, cutout, mask, force } = options;
  const { width, height } = picture.raster;
  const taken = await new Inputs().add(picture.path, "the picture itself");
  if (mask !== undefined) await taken.add(mask, "the --mask file");
  for (const file of model) await taken.add(file, "a file of the model");
  if (out !== undefined) {
    const { numbered, maxSide, room } = formatOf(out);
    if (Math.max(width, height) > maxSide) {
      const expected = `a format for ${width} x ${height} pixels (${extname(out)} holds at most ${maxSide} a side)`;
      throw invalid("--out", expected, out);
    }
    if (room && room.needed(width * height, count) > room.most) {
      const expected = `a format for ${count} masks of ${width} x ${height} pixels (${extname(out)} holds 2 GB at most), such as .json or .png`;
      throw invalid("--out", expected, out);
    }
    await claim("--out", numbered ? numberedPaths(out, count) : [out], taken);
    if (extname(out).toLowerCase() === ".json")
      await checkReplaceable("--out", out, (text) => !text.includes('"annotations"'), force);
  }
  if (cutout !== undefined) await claim("--cutout", numberedPaths(cutout, count), taken);
}

/** All files of the result, in memory. */
export async function render(result: SegmentResult, { out, cutout, decontaminate }: OutputOptions): Promise<Output[]> {
  const outputs = out === undefined ? [] : await formatOf(out).write(result, out);
  if (cutout !== undefined) outputs.push(...(await cutoutPngs(result, cutout, decontaminate ? { decontaminate } : {})));
  return outputs;
}

async function claim(option: string, paths: readonly string[], taken: Inputs): Promise<void> {
  await taken.claim(option, paths);
  for (const path of paths) await checkWritable(path);
}
