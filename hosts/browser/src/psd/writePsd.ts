import { MasksmithError, messageOf } from "@masksmith/core";
import { type Layer as FileLayer, type LayerMaskData, type Psd, writePsdUint8Array } from "ag-psd";
import { composite } from "../document/composite.js";
import type { DocumentState, Layer, LayerMask } from "../document/model.js";
import { joined, packChannels } from "./channels.js";
import { writePath } from "./paths.js";
import type { PsdExtras } from "./readPsd.js";
import { type Resource, readResources, writeResources } from "./resources.js";
import { CHANNELS_AT, readSections } from "./sections.js";

/** Longest side of a PSD; longer ones are written as PSB. */
const LONGEST_PSD = 30_000;
/** Resources that describe layers, channels, paths or a preview of the file as it was. */
const OUTDATED = new Set([1006, 1024, 1026, 1033, 1036, 1045, 1053, 1057, 1067, 1069, 1072, 1077]);

/**
 * The document as a Photoshop file: layers, groups, masks, alpha channels, paths, and what else its own file said.
 * @throws MasksmithError `runtime` if it cannot be written.
 */
export function writePsd(state: DocumentState): Uint8Array<ArrayBuffer> {
  const { width, height } = state;
  const extras = state.extras as PsdExtras | undefined;
  const pixels = new Uint8ClampedArray(width * height * 4);
  composite(state, { x: 0, y: 0, width, height }, pixels);
  const psb = Math.max(width, height) > LONGEST_PSD;
  const { imageResources: stored, ...kept } = extras?.psd ?? {};
  const document: Psd = {
    ...kept,
    width,
    height,
    channels: 3,
    bitsPerChannel: 8,
    colorMode: 3,
    children: state.layers.map(fileLayer),
    imageData: { width, height, data: pixels },
    imageResources: { ...stored, alphaChannelNames: state.channels.map(({ name }) => name) },
  };
  const { alphaIdentifiers: _, thumbnail: __, thumbnailRaw: ___, ...imageResources } = document.imageResources ?? {};
  try {
    const bottom = state.layers[0];
    const noBackground = !(bottom?.kind === "pixels" && bottom.background);
    const bytes = writePsdUint8Array({ ...document, imageResources }, { noBackground, psb });
    return completed(bytes, state, extras?.resources ?? []);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new MasksmithError("runtime", `The document can't be saved as a Photoshop file: ${reason}`, { cause });
  }
}

function fileLayer(layer: Layer): FileLayer {
  const extras = (layer.extras ?? {}) as FileLayer;
  const base: FileLayer = {
    ...extras,
    name: layer.name,
    hidden: !layer.visible,
    opacity: layer.opacity,
    blendMode: layer.blendMode as NonNullable<FileLayer["blendMode"]>,
    clipping: layer.clipped,
  };
  if (layer.mask) base.mask = fileMask(layer.mask, extras.mask);
  else delete base.mask;
  if (layer.kind === "group") return { ...base, opened: layer.expanded, children: layer.children.map(fileLayer) };
  const { x, y, width, height, pixels } = layer;
  const bounds = { left: x, top: y, right: x + width, bottom: y + height };
  if (layer.background) base.transparencyProtected = true;
  else if (layer.name !== "Background" && extras.name === "Background") base.transparencyProtected = false;
  return { ...base, ...bounds, ...(width > 0 ? { imageData: { width, height, data: pixels } } : {}) };
}

function fileMask(mask: LayerMask, extras: LayerMaskData | undefined): LayerMaskData {
  const { x, y, width, height, data, outside, enabled } = mask;
  const bounds = { left: x, top: y, right: x + width, bottom: y + height };
  const described = { ...extras, ...bounds, defaultColor: outside, disabled: !enabled };
  if (width === 0 || height === 0) return described;
  const grey = new Uint8ClampedArray(data.length * 4);
  for (let i = 0; i < data.length; i++) grey[i * 4] = data[i];
  return { ...described, imageData: { width, height, data: grey } };
}

/** Puts in what ag-psd leaves out: alpha channels, paths, and the resources of the original file it does not know. */
function completed(
  bytes: Uint8Array,
  { channels, paths, width, height }: DocumentState,
  originals: readonly Resource[],
): Uint8Array<ArrayBuffer> {
  const sections = readSections(bytes, "the new file");
  const written = new Set(readResources(sections).map(({ id }) => id));
  const added = writeResources([
    ...originals.filter(({ id }) => !written.has(id) && !OUTDATED.has(id)),
    ...paths.map((path, i) => writePath(path, i, width, height)),
  ]);
  const { view, resources, image, large, channels: present } = sections;
  const packed = packChannels(channels, width, height, large);
  const lengthsEnd = image + 2 + present * height * (large ? 4 : 2);
  const head = bytes.slice(0, resources.to);
  const headView = new DataView(head.buffer);
  headView.setUint16(CHANNELS_AT, view.getUint16(CHANNELS_AT) + channels.length);
  headView.setUint32(resources.from - 4, resources.to - resources.from + added.length);
  return joined([
    head,
    added,
    bytes.subarray(resources.to, lengthsEnd),
    packed.lengths,
    bytes.subarray(lengthsEnd),
    packed.rows,
  ]);
}
