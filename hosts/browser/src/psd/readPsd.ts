import { MasksmithError } from "@masksmith/core";
import { type Layer as FileLayer, initializeCanvas, type LayerMaskData, type Psd, readPsd as parse } from "ag-psd";
import { isShown } from "../document/blendModes.js";
import type { DocumentState, Layer, LayerMask } from "../document/model.js";
import { isOpaque, pictureState } from "../document/newDocument.js";
import { readChannels } from "./channels.js";
import { isPath, readPath } from "./paths.js";
import { inWords } from "./psdFailure.js";
import { checkLayers, checkSize } from "./psdLimits.js";
import { type Resource, readResources } from "./resources.js";
import { toBytes8 } from "./samples.js";
import { CHANNELS_AT, readSections, type Sections } from "./sections.js";

/** What a PSD file says beyond the document's model, kept for saving. */
export interface PsdExtras {
  readonly psd: Omit<Psd, "children" | "imageData">;
  readonly resources: readonly Resource[];
}

/** A file read, and what of it is not shown as Photoshop shows it. */
export interface ReadPsd {
  readonly state: DocumentState;
  readonly notes: readonly string[];
}

/** Called by ag-psd for each layer's pixels, in between nothing else runs. */
let onLayer = () => {};

/** ag-psd's own way to buffers leads through a canvas, which need not be there. */
initializeCanvas(noCanvas, (width, height) => {
  onLayer();
  return { width, height, data: new Uint8ClampedArray(width * height * 4), colorSpace: "srgb" } as ImageData;
});

/** ag-psd takes no more channels than this; layered files need none of the flat picture's. */
const MOST_CHANNELS = 16;

/** Of the time that a file takes: until its layers are read, if it has more than the flat picture. */
const LAYERS_SHARE = 0.7;

/**
 * Reads a Photoshop file: layers, groups, masks, alpha channels, paths; 8 bits a channel, sRGB assumed.
 * @param onProgress hears what part is done, 0..1.
 * @throws MasksmithError `input` in words for the user if the file is damaged, too large or of a kind that cannot be read.
 */
export function readPsd(bytes: Uint8Array, name: string, onProgress: (fraction: number) => void = () => {}): ReadPsd {
  try {
    return read(bytes, name, onProgress);
  } catch (cause) {
    throw inWords(cause, name);
  } finally {
    onLayer = () => {};
  }
}

function read(bytes: Uint8Array, name: string, onProgress: (fraction: number) => void): ReadPsd {
  const sections = readSections(bytes, name);
  checkSize(sections, name);
  let pictures = 0;
  onLayer = () => onProgress((LAYERS_SHARE * Math.min(++pictures, sections.count)) / Math.max(sections.count, 1));
  const psd = parsed(bytes, sections);
  checkLayers(psd.children ?? [], name);
  const resources = readResources(sections);
  let nextId = 1;
  const ids = () => nextId++;
  const layered = psd.children && psd.children.length > 0;
  const flat = layered ? null : flatState(psd, sections, name);
  if (flat) nextId = 2;
  const layers = flat?.layers ?? (psd.children ?? []).map((layer, i) => convert(layer, ids, i === 0 ? psd : null));
  const channels = readChannels(sections, psd.imageResources?.alphaChannelNames ?? [], (fraction) =>
    onProgress(LAYERS_SHARE + (1 - LAYERS_SHARE) * fraction),
  );
  const { children: _, imageData: __, ...rest } = psd;
  const extras: PsdExtras = { psd: rest, resources: resources.filter((resource) => !isPath(resource)) };
  const state: DocumentState = {
    width: psd.width,
    height: psd.height,
    layers,
    activeLayer: layers[layers.length - 1]?.id ?? null,
    selection: null,
    channels: channels.map((channel) => ({ ...channel, id: ids() })),
    paths: resources.filter(isPath).map((path) => ({ ...readPath(path, psd.width, psd.height), id: ids() })),
    pixelsVersion: 0,
    extras,
  };
  return { state, notes: notesOf(psd, sections, resources) };
}

function noCanvas(): never {
  throw new Error("pictures are read as bytes, never as canvases");
}

function parsed(bytes: Uint8Array, { view, channels, layered }: Sections): Psd {
  try {
    // The flat picture is not read then, so the count only has to please the parser.
    if (layered) view.setUint16(CHANNELS_AT, Math.min(channels, MOST_CHANNELS));
    return parse(bytes, { useImageData: true, skipThumbnail: true, skipCompositeImageData: layered });
  } finally {
    view.setUint16(CHANNELS_AT, channels);
  }
}

/** A file without layers: its flat picture, whose fourth channel is no transparency. */
function flatState(psd: Psd, { mergedAlpha }: Sections, name: string): DocumentState {
  if (!psd.imageData) throw new MasksmithError("input", `“${name}” has neither layers nor a flattened image`);
  const pixels = toBytes8(psd.imageData);
  if (!mergedAlpha) for (let a = 3; a < pixels.length; a += 4) pixels[a] = 255;
  return pictureState(psd.width, psd.height, pixels, isOpaque(pixels));
}

/** @param bottomOf the file, if this is its lowest layer. */
function convert(layer: FileLayer, ids: () => number, bottomOf: Psd | null): Layer {
  const { children, imageData, mask, rawData: _, canvas: __, ...extras } = layer;
  const base = {
    id: ids(),
    name: layer.name ?? "Layer",
    visible: !layer.hidden,
    opacity: layer.opacity ?? 1,
    locked: isLocked(layer),
    mask: mask ? convertMask(mask) : null,
    blendMode: layer.blendMode ?? "normal",
    clipped: layer.clipping ?? false,
    extras: { ...extras, ...(mask ? { mask: withoutPixels(mask) } : {}) },
  };
  if (children) {
    const members = children.map((child) => convert(child, ids, null));
    return { ...base, kind: "group", expanded: layer.opened ?? true, children: members };
  }
  const background = bottomOf !== null && isBackground(layer, bottomOf);
  const { width, height } = imageData ?? { width: 0, height: 0 };
  const pixels = imageData ? toBytes8(imageData) : new Uint8ClampedArray(0);
  return { ...base, kind: "pixels", background, x: layer.left ?? 0, y: layer.top ?? 0, width, height, pixels };
}

function convertMask(mask: LayerMaskData): LayerMask {
  const { imageData, left = 0, top = 0, defaultColor = 0, disabled } = mask;
  const outside = defaultColor >= 128 ? 255 : 0;
  const { width, height } = imageData ?? { width: 0, height: 0 };
  const grey = imageData ? toBytes8(imageData) : new Uint8ClampedArray(0);
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = grey[i * 4];
  return { x: left, y: top, width, height, data, outside, enabled: !disabled };
}

function withoutPixels({ imageData: _, canvas: __, ...rest }: LayerMaskData): LayerMaskData {
  return rest;
}

function isLocked({ protected: locks }: FileLayer): boolean {
  return Boolean(locks?.transparency && locks.composite && locks.position);
}

/** Photoshop's background: lowest, opaque, as large as the document, its transparency protected, without a mask. */
function isBackground(layer: FileLayer, psd: Psd): boolean {
  const { imageData } = layer;
  const fits = imageData?.width === psd.width && imageData.height === psd.height && !layer.left && !layer.top;
  return Boolean(fits && layer.transparencyProtected && !layer.mask && layer.name === "Background");
}

/** Sentences about what is not shown as Photoshop shows it. It is kept for saving, but for the bit depth and mode. */
function notesOf(psd: Psd, { depth, mode }: Sections, resources: readonly Resource[]): string[] {
  const notes: string[] = [];
  if (depth > 8) notes.push(`The file has ${depth} bits per channel. It opens, and will be saved, with 8.`);
  if (mode !== 3) notes.push("The file is not in RGB mode. It opens, and will be saved, as RGB.");
  if (resources.some(({ id }) => id === ICC_PROFILE))
    notes.push("The color profile is kept, but colors are shown as sRGB.");
  const layers = [...everyLayer(psd.children ?? [])];
  const count = (what: string, is: (layer: FileLayer) => boolean) => {
    const found = layers.filter(is).length;
    if (found > 0) notes.push(`Not shown, but kept: ${what} (${found === 1 ? "one layer" : `${found} layers`}).`);
  };
  count("adjustments", ({ adjustment }) => adjustment !== undefined);
  count("layer effects", ({ effects }) => effects !== undefined && !effects.disabled);
  count("vector masks", ({ vectorMask, imageData }) => vectorMask !== undefined && !vectorMask.disable && !imageData);
  count("blend modes", ({ blendMode }) => !isShown(blendMode ?? "normal"));
  return notes;
}

const ICC_PROFILE = 1039;

function* everyLayer(layers: readonly FileLayer[]): Generator<FileLayer> {
  for (const layer of layers) {
    yield layer;
    if (layer.children) yield* everyLayer(layer.children);
  }
}
