import { MasksmithError } from "@masksmith/core";

/** Where the parts of a PSD or PSB file lie (Adobe Photoshop File Formats Specification, "Photoshop File Format"). */
export interface Sections {
  readonly view: DataView;
  /** PSB: lengths of rows and sections are longer. */
  readonly large: boolean;
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  /** Bits a channel: 1, 8, 16 or 32. */
  readonly depth: number;
  /** 0 bitmap, 1 grey, 2 indexed, 3 RGB, 4 CMYK, 7 multichannel, 8 duotone, 9 Lab. */
  readonly mode: number;
  readonly resources: Span;
  readonly layers: Span;
  /** Layers, with two for each group, as the list says; deep files have theirs elsewhere, and say 0. */
  readonly count: number;
  /** Whether the file has layers beyond the flat picture. */
  readonly layered: boolean;
  /** The first channel after the colours is the flat picture's transparency. */
  readonly mergedAlpha: boolean;
  /** Where the flat picture's channels begin (their compression, two bytes). */
  readonly image: number;
}

/** Content of a section: without its length field, which takes the bytes before `from`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Colour channels of the modes whose extra channels can be read. */
const COLOURS: Readonly<Record<number, number>> = { 1: 1, 3: 3, 4: 4 };

/** Index of the first alpha channel among the flat picture's channels. */
export function firstAlpha({ channels, mode, mergedAlpha }: Sections): number {
  return (COLOURS[mode] ?? channels) + (mergedAlpha ? 1 : 0);
}

/** Number of alpha channels. */
export function alphaCount(sections: Sections): number {
  return Math.max(sections.channels - firstAlpha(sections), 0);
}

/** Offset of the channel count in the header. */
export const CHANNELS_AT = 12;

/** @throws MasksmithError `input` if the file is cut short or not of this format. */
export function readSections(bytes: Uint8Array, name: string): Sections {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return locate(view);
  } catch (cause) {
    throw new MasksmithError("input", `“${name}” is incomplete: the file is truncated`, { cause });
  }
}

function locate(view: DataView): Sections {
  const large = view.getUint16(4) === 2;
  const colours = span(view, 26, false);
  const resources = span(view, colours.to, false);
  const layers = span(view, resources.to, large);
  const infoLength = layers.to - layers.from >= 4 ? lengthAt(view, layers.from, large) : 0;
  const count = infoLength >= 2 ? view.getInt16(layers.from + (large ? 8 : 4)) : 0;
  const depth = view.getUint16(22);
  return {
    view,
    large,
    channels: view.getUint16(CHANNELS_AT),
    height: view.getUint32(14),
    width: view.getUint32(18),
    depth,
    mode: view.getUint16(24),
    resources,
    layers,
    count: Math.abs(count),
    // Deep files keep their layers in a block of their own behind an empty list.
    layered: count !== 0 || (depth > 8 && layers.to - layers.from > 16),
    mergedAlpha: count < 0,
    image: layers.to,
  };
}

function span(view: DataView, at: number, large: boolean): Span {
  const from = at + (large ? 8 : 4);
  const to = from + lengthAt(view, at, large);
  if (to > view.byteLength) throw new RangeError(`section ends at ${to} of ${view.byteLength}`);
  return { from, to };
}

function lengthAt(view: DataView, at: number, large: boolean): number {
  return large ? Number(view.getBigUint64(at)) : view.getUint32(at);
}
