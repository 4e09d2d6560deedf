import { extname } from "node:path";
import { invalid } from "@masksmith/core";
import type { SegmentResult } from "../result.js";
import type { Output } from "./atomic.js";
import { maskPngs } from "./writePng.js";
import { psdDocument } from "./writePsd.js";
import { jsonFile } from "./writeRecord.js";
import { svgOutlines } from "./writeSvg.js";

/** A way to write all masks of a result. */
interface Format {
  /** Files for `path`; several only if the format holds one mask a file. */
  readonly write: (result: SegmentResult, path: string) => Promise<Output[]>;
  /** Whether a file holds one mask, so that several masks go to numbered files. */
  readonly numbered: boolean;
  /** Bytes for each pixel of the picture that making so many masks takes, at the least. */
  readonly memory: (masks: number) => number;
  /** Longest side in pixels that the format allows. */
  readonly maxSide: number;
  /** Bytes that the format allows, and about how many a picture's masks take. */
  readonly room?: { readonly most: number; readonly needed: (pixels: number, masks: number) => number };
}

const FORMATS: Readonly<Record<string, Format>> = {
  ".png": { write: maskPngs, numbered: true, memory: () => 2, maxSide: 2 ** 31 - 1 },
  ".json": { write: jsonFile, numbered: false, memory: () => 0, maxSide: Number.POSITIVE_INFINITY },
  ".psd": {
    write: psdDocument,
    numbered: false,
    // The picture, itself cut out, where it is covered; then the file: the picture for each mask and twice more.
    memory: (masks) => 9 + 3 * (masks + 2),
    maxSide: 30_000,
    // Offsets are 32 bits, and readers take them for signed. The picture is there for each mask, once behind, once as shown.
    room: { most: 2 ** 31 - 1, needed: (pixels, masks) => 4 * pixels * (masks + 2) },
  },
  ".svg": { write: svgOutlines, numbered: false, memory: () => 1, maxSide: Number.POSITIVE_INFINITY },
};

/** @throws MasksmithError `input` that lists the known extensions. */
export function formatOf(path: string): Format {
  const format = FORMATS[extname(path).toLowerCase()];
  if (!format) throw invalid("--out", `a file name that ends in ${Object.keys(FORMATS).join(", ")}`, path);
  return format;
}
