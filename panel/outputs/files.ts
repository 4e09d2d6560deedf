import {
  combineSoftInto,
  maskOutlines,
  outlinesToSvgPath,
  type PictureRecord,
  type Raster,
  type RecordedMask,
  type Rle,
  recordsToCoco,
  rleArea,
  rleBox,
  rleToSoft,
  type SoftMask,
  type Stage,
  softBounds,
  throwIfAborted,
  writeCoco,
  writeSa1b,
} from "@masksmith/core";
import type { FileToSave } from "../host.js";
import { encodePng } from "./png.js";

/** One object as files describe it. */
export interface FileItem {
  readonly name: string;
  readonly colour: string;
  readonly mask: Rle;
  /** With soft edges, where they are known. */
  readonly soft: SoftMask | null;
  readonly predictedIou: number;
  readonly stabilityScore: number;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly stage: Stage;
  readonly seconds: number;
}

export interface FilePicture {
  /** The document's name; an extension is left off in file names. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** `psd` is written by the host, which has the layers. */
export type FileKind = "png" | "cut-out" | "svg" | "psd" | "sa-1b" | "coco";

const ENCODER = new TextEncoder();

/** The coverage of one or several objects, grey, at document size. */
export async function maskPng(picture: FilePicture, items: readonly FileItem[]): Promise<FileToSave> {
  const masks = items.map(({ soft, mask }) => soft ?? rleToSoft(mask));
  const bytes = await encodePng(picture.width, picture.height, 1, (y, count, into) => {
    const band = { x: 0, y, width: picture.width, height: count, data: into };
    for (const mask of masks) combineSoftInto(band, mask, "add");
  });
  return { suggestedName: `${stem(picture, items)}-mask.png`, type: "image/png", bytes };
}

/** Several masks as one in bounds around them all: the greatest coverage of each pixel. Others have their turn in between. */
export async function unionOf(masks: readonly SoftMask[], signal: AbortSignal): Promise<SoftMask> {
  const [only, more] = masks;
  if (only && !more) return only;
  const bounds = softBounds(masks);
  const union = { ...bounds, data: new Uint8Array(bounds.width * bounds.height) };
  for (const mask of masks) {
    combineSoftInto(union, mask, "add");
    await new Promise((resolve) => setTimeout(resolve));
    throwIfAborted(signal);
  }
  return union;
}

/**
 * The objects alone on transparency, cut to the bounds of them all.
 * @param soft all objects as one mask.
 * @param pixels the document's pixels (RGBA, 8 bit) in the bounds of `soft`, at full resolution.
 */
export async function cutOutPng(
  picture: FilePicture,
  items: readonly FileItem[],
  soft: SoftMask,
  pixels: Raster,
): Promise<FileToSave> {
  const { width, height } = soft;
  const { channels, data } = pixels;
  const green = channels > 2 ? 1 : 0;
  const blue = channels > 2 ? 2 : 0;
  const bytes = await encodePng(width, height, 4, (y, count, into) => {
    for (let i = 0, at = y * width; i < count * width; i++, at++) {
      const from = at * channels;
      const alpha = channels % 2 === 0 ? data[from + channels - 1] : 255;
      const coverage = Math.round((soft.data[at] * alpha) / 255);
      if (coverage === 0) continue;
      into[i * 4] = data[from];
      into[i * 4 + 1] = data[from + green];
      into[i * 4 + 2] = data[from + blue];
      into[i * 4 + 3] = coverage;
    }
  });
  return { suggestedName: `${stem(picture, items)}-cut-out.png`, type: "image/png", bytes };
}

/** Outlines with their holes, one path an object, at document coordinates. */
export function outlinesSvg(picture: FilePicture, items: readonly FileItem[]): FileToSave {
  const { width, height } = picture;
  const paths = items.map(({ name, colour, mask }) => {
    const d = outlinesToSvgPath(maskOutlines(mask));
    return `  <path fill="${colour}" fill-opacity="0.6" fill-rule="evenodd" d="${d}"><title>${escaped(name)}</title></path>\n`;
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">\n`;
  const bytes = ENCODER.encode(`${head}${paths.join("")}</svg>\n`);
  return { suggestedName: `${stem(picture, items)}.svg`, type: "image/svg+xml", bytes };
}

/** SA-1B's record of the picture; every mask a person has seen here is confirmed. */
export function sa1bFile(picture: FilePicture, items: readonly FileItem[]): FileToSave {
  const bytes = ENCODER.encode(writeSa1b(pictureRecord(picture, items)));
  return { suggestedName: `${stem(picture, [])}.json`, type: "application/json", bytes };
}

export function cocoFile(pictures: readonly { picture: FilePicture; items: readonly FileItem[] }[]): FileToSave {
  const records = pictures.map(({ picture, items }) => pictureRecord(picture, items));
  const bytes = ENCODER.encode(writeCoco(recordsToCoco(records)));
  const name = pictures.length === 1 ? `${stem(pictures[0].picture, [])}-coco.json` : "instances.json";
  return { suggestedName: name, type: "application/json", bytes };
}

function pictureRecord(picture: FilePicture, items: readonly FileItem[]): PictureRecord {
  const { name: fileName, width, height } = picture;
  return { image: { fileName, width, height, extra: {} }, masks: items.map(recordedMask), extra: {} };
}

function recordedMask(item: FileItem, index: number): RecordedMask {
  const { mask, predictedIou, stabilityScore, points, stage, name, seconds } = item;
  const { size } = mask;
  const extra = { name, ...(seconds > 0 ? { seconds: Math.round(seconds * 10) / 10 } : {}) };
  return {
    id: index + 1,
    mask,
    area: rleArea(mask),
    bbox: rleBox(mask),
    predictedIou,
    stabilityScore,
    cropBox: [0, 0, size[1], size[0]],
    points,
    stage,
    confirmed: true,
    extra,
  };
}

function stem(picture: FilePicture, items: readonly FileItem[]): string {
  const base = picture.name.replace(/\.[^.]+$/, "") || "picture";
  const [only, more] = items;
  const name = only && !more ? `${base}-${only.name}` : base;
  return name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^-+|-+$/g, "");
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
}
