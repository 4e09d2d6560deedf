import {
  emptySoft,
  intersectRects,
  isEmptyRect,
  MasksmithError,
  messageOf,
  type Rect,
  type SoftMask,
  throwIfAborted,
  trimSoft,
} from "@masksmith/core";
import type { Bounds, PixelsOnWire } from "../bridge/index.js";
import { activeLayer, isWithoutPixels } from "./describe.js";
import type { Environment } from "./environment.js";
import type { PixelsAnswer, PsDocument, PsImageData, PsLayer } from "./photoshop.js";

const SRGB = "sRGB IEC61966-2.1";

/** Photoshop's 16-bit numbers end here. */
const MAX_16 = 32_768;

export function canvasOf({ width, height }: PsDocument): Rect {
  return { x: 0, y: 0, width, height };
}

/** What is to be read of a document. */
export interface Wanted {
  /** Document pixels; null: all of it. */
  readonly region: Bounds | null;
  /** Longest side of the picture. */
  readonly maxSide: number;
  /** The layer to read alone; null: the composite. */
  readonly layer: PsLayer | null;
  readonly version: string;
}

/** The active layer if it has pixels to read. @throws MasksmithError `state` in words for the user. */
export function readableLayer(document: PsDocument): PsLayer {
  const layer = activeLayer(document);
  if (!layer) throw new MasksmithError("state", "Select one layer in the Layers panel, or sample all layers");
  if (!isWithoutPixels(layer)) return layer;
  const message = `“${layer.name}” has no pixels of its own: select another layer, or sample all layers`;
  throw new MasksmithError("state", message);
}

/**
 * The composite or one layer of a region as 8-bit sRGB. Photoshop leaves out transparent surroundings and may answer from its cache of
 * reduced pictures: `region` is what the raster really shows, and lies inside or (by a reduced pixel) just outside what was
 * asked. A region with nothing in it comes as one transparent pixel over all of it.
 * @throws MasksmithError `runtime` with Photoshop's words.
 */
export async function readPicture(
  env: Environment,
  document: PsDocument,
  { region: asked, maxSide, layer, version }: Wanted,
  signal: AbortSignal,
): Promise<PixelsOnWire> {
  const region = wholePixels(asked, document);
  const answer = await pixelsOf(env, document, layer, region, maxSide);
  if (!answer) return emptyPixels(region, version);
  const { imageData } = answer;
  try {
    throwIfAborted(signal);
    if (imageData.width === 0 || imageData.height === 0) return emptyPixels(region, version);
    const data = toRgb8(await imageData.getData({ chunky: true }), imageData);
    const channels = imageData.components % 2 === 0 ? 4 : 3;
    const { width, height } = imageData;
    return { width, height, channels, region: boundsOf(documentBounds(answer)), version, tiles: null, data };
  } finally {
    imageData.dispose();
  }
}

/** The whole pixels that a region touches, cut to the document. */
function wholePixels(asked: Bounds | null, document: PsDocument): Rect {
  const canvas = canvasOf(document);
  if (!asked) return canvas;
  const x = Math.floor(asked.x0);
  const y = Math.floor(asked.y0);
  const touched = { x, y, width: Math.ceil(asked.x1) - x, height: Math.ceil(asked.y1) - y };
  const region = intersectRects(touched, canvas);
  if (!isEmptyRect(region)) return region;
  throw new MasksmithError("input", "The region lies outside the document");
}

async function pixelsOf(
  { photoshop }: Environment,
  document: PsDocument,
  layer: PsLayer | null,
  region: Rect,
  maxSide: number,
): Promise<PixelsAnswer | null> {
  const { x, y, width, height } = region;
  const scale = Math.min(maxSide / Math.max(width, height), 1);
  const reduced = { width: Math.max(Math.round(width * scale), 1), height: Math.max(Math.round(height * scale), 1) };
  const options = {
    documentID: document.id,
    ...(layer ? { layerID: layer.id } : {}),
    sourceBounds: { left: x, top: y, right: x + width, bottom: y + height },
    colorSpace: "RGB",
    componentSize: 8,
    ...(scale < 1 ? { targetSize: reduced } : {}),
  };
  try {
    return await photoshop.imaging.getPixels({ ...options, colorProfile: SRGB });
  } catch (error) {
    if (!hasContent(layer ? [layer] : document.layers, region)) return null;
    return photoshop.imaging.getPixels(options).catch(() => {
      const message = `Photoshop gave no pixels: ${messageOf(error).replace(/\.$/, "")}${advice(document.mode)}`;
      throw new MasksmithError("runtime", message, { cause: error });
    });
  }
}

function advice(mode: string): string {
  return /bitmap|indexed|multichannel/i.test(mode) ? ". Choose Image > Mode > RGB Color first" : "";
}

/** Whether any layer reaches into a region; what has no bounds may. */
function hasContent(layers: readonly PsLayer[] | undefined, region: Rect): boolean {
  return (layers ?? []).some(({ bounds, layers: members }) => {
    if (members && members.length > 0) return hasContent(members, region);
    if (!bounds) return true;
    const { left, top, right, bottom } = bounds;
    return !isEmptyRect(intersectRects({ x: left, y: top, width: right - left, height: bottom - top }, region));
  });
}

function emptyPixels(region: Rect, version: string): PixelsOnWire {
  const data = new Uint8Array(4);
  return { width: 1, height: 1, channels: 4, region: boundsOf(region), version, tiles: null, data };
}

function boundsOf({ x, y, width, height }: Rect): Bounds {
  return { x0: x, y0: y, x1: x + width, y1: y + height };
}

/** Bounds as given are those of the level read: level n counts pixels of 2^n document pixels. */
function documentBounds({ sourceBounds, level = 0 }: PixelsAnswer): Rect {
  const pixel = 2 ** level;
  const { left, top } = sourceBounds;
  const width = "right" in sourceBounds ? sourceBounds.right - left : sourceBounds.width;
  const height = "bottom" in sourceBounds ? sourceBounds.bottom - top : sourceBounds.height;
  return { x: left * pixel, y: top * pixel, width: width * pixel, height: height * pixel };
}

/** Bytes of grey or colour samples of any depth, grey spread to three. */
function toRgb8(data: Uint8Array | Uint16Array | Float32Array, { components, componentSize }: PsImageData): Uint8Array {
  const bytes = toBytes(data, componentSize);
  if (components >= 3) return bytes;
  const pixels = bytes.length / components;
  const out = new Uint8Array(pixels * (components + 2));
  for (let i = 0, o = 0; i < bytes.length; i += components) {
    out[o++] = bytes[i];
    out[o++] = bytes[i];
    out[o++] = bytes[i];
    if (components === 2) out[o++] = bytes[i + 1];
  }
  return out;
}

function toBytes(data: Uint8Array | Uint16Array | Float32Array, componentSize: number): Uint8Array {
  if (componentSize === 8) return data as Uint8Array;
  const factor = componentSize === 16 ? 255 / MAX_16 : 255;
  const out = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Math.min(Math.max(data[i] * factor, 0), 255) + 0.5;
  return out;
}

/** The selection with its soft edges inside the canvas, or null. */
export async function readSelection(env: Environment, document: PsDocument): Promise<SoftMask | null> {
  if (document.selection.bounds === null) return null;
  const mask = await readMask(() => env.photoshop.imaging.getSelection({ documentID: document.id }));
  const found = trimSoft(mask, canvasOf(document));
  return found.width === 0 ? null : found;
}

/** One-channel pixels where Photoshop puts them. */
async function readMask(read: () => Promise<PixelsAnswer>): Promise<SoftMask> {
  const answer = await read();
  const { imageData } = answer;
  try {
    const { width, height, components, componentSize } = imageData;
    if (width === 0 || height === 0) return emptySoft();
    if (components !== 1) throw new MasksmithError("runtime", `Photoshop gave a mask of ${components} channels`);
    const { x, y } = documentBounds(answer);
    const { buffer, byteOffset, length } = toBytes(await imageData.getData({ chunky: true }), componentSize);
    return { x, y, width, height, data: new Uint8Array(buffer, byteOffset, length) };
  } finally {
    imageData.dispose();
  }
}
