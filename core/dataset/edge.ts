import type * as z from "zod";
import { MasksmithError } from "../errors.js";
import { rleFromCoco, rleFromCounts } from "../mask/index.js";
import type { CocoRle, Rle } from "../types.js";

/** Fields of a JSON object that this project does not know, kept so that rewriting a file loses nothing. */
export type Extra = Readonly<Record<string, unknown>>;

/** @throws MasksmithError `input`, one line, unless `text` is JSON. @param what names the file's kind in errors. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\s+/g, " ");
    throw new MasksmithError("input", `${what}: must be JSON (${reason})`, { cause });
  }
}

/** @throws MasksmithError `input`, one line that names the first field that is wrong. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw fieldError(what, issue.path.join("."), issue.message);
}

/** "<what>: <field>: <problem>" on one line. */
export function fieldError(what: string, field: string, problem: string): MasksmithError {
  const line = field === "" ? `${what}: ${problem}` : `${what}: ${field}: ${problem}`;
  return new MasksmithError("input", line.replace(/\s+/g, " "));
}

/** Own fields of `value` that are not in `known`. Never touches a prototype, whatever the fields are called. */
export function extraOf(value: object, known: readonly string[]): Extra {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !known.includes(key)));
}

/**
 * An RLE of a file, compressed (string) or not (array), on a picture of that size.
 * @throws MasksmithError `input` that names `field`.
 */
export function rleOf(
  segmentation: { readonly size: readonly [number, number]; readonly counts: string | readonly number[] },
  picture: { readonly width: number; readonly height: number },
  what: string,
  field: string,
): Rle {
  const [height, width] = segmentation.size;
  if (height !== picture.height || width !== picture.width) {
    const expected = `must be [${picture.height}, ${picture.width}] as the image, got [${height}, ${width}]`;
    throw fieldError(what, `${field}.size`, expected);
  }
  try {
    const { counts } = segmentation;
    return typeof counts === "string" ? rleFromCoco(segmentation as CocoRle) : rleFromCounts(segmentation.size, counts);
  } catch (error) {
    if (error instanceof MasksmithError) throw fieldError(what, `${field}.counts`, error.message);
    throw error;
  }
}
