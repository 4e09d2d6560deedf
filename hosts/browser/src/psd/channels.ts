import { readSoftRow, trimSoft } from "@masksmith/core";
import { toCoverage } from "../document/coverage.js";
import type { AlphaChannel } from "../document/model.js";
import { packRow, unpackRow } from "./packBits.js";
import { alphaCount, firstAlpha, type Sections } from "./sections.js";

const RAW = 0;
const RLE = 1;

/**
 * The alpha channels of the flat picture, 8 bits, trimmed; 16-bit ones reduced. None for modes and compressions without.
 * @throws RangeError if the file is cut.
 * @param names of alpha channels as the file gives them, perhaps with the transparency's before them.
 */
export function readChannels(
  sections: Sections,
  names: readonly string[],
  onProgress: (fraction: number) => void,
): Omit<AlphaChannel, "id">[] {
  const { width, height } = sections;
  const first = firstAlpha(sections);
  const count = alphaCount(sections);
  const own = names.slice(Math.max(names.length - count, 0));
  const canvas = { x: 0, y: 0, width, height };
  const found: Omit<AlphaChannel, "id">[] = [];
  for (let i = 0; i < count; i++) {
    const data = readChannel(sections, first + i);
    if (!data) return found;
    const { outside: _, ...coverage } = trimSoft(toCoverage({ ...canvas, data }), canvas);
    found.push({ name: own[i] || `Alpha ${i + 1}`, coverage });
    onProgress((i + 1) / count);
  }
  return found;
}

function readChannel(sections: Sections, channel: number): Uint8Array | null {
  const { view, width, height, depth, image } = sections;
  if (depth !== 8 && depth !== 16) return null;
  const sample = depth / 8;
  const data = new Uint8Array(width * height);
  const compression = view.getUint16(image);
  if (compression !== RAW && compression !== RLE) return null;
  const rows = compression === RAW ? rawRows(sections, channel, sample) : rleRows(sections, channel);
  const row = new Uint8Array(width * sample);
  for (let y = 0; y < height; y++) {
    const packed = bytesAt(view, rows.at[y], rows.lengths[y]);
    const to = data.subarray(y * width, (y + 1) * width);
    if (compression === RLE) unpackRow(packed, sample === 1 ? to : row);
    else if (sample === 1) to.set(packed);
    else row.set(packed);
    if (sample > 1) for (let x = 0; x < width; x++) to[x] = row[x * sample];
  }
  return data;
}

interface Rows {
  readonly at: Float64Array;
  readonly lengths: Uint32Array;
}

function rawRows({ image, width, height }: Sections, channel: number, sample: number): Rows {
  const bytes = width * sample;
  const at = Float64Array.from({ length: height }, (_, y) => image + 2 + (channel * height + y) * bytes);
  return { at, lengths: new Uint32Array(height).fill(bytes) };
}

function rleRows({ view, image, height, channels, large }: Sections, channel: number): Rows {
  const field = large ? 4 : 2;
  const lengthOf = (row: number) => (large ? view.getUint32(image + 2 + row * 4) : view.getUint16(image + 2 + row * 2));
  const at = new Float64Array(height);
  const lengths = new Uint32Array(height);
  let position = image + 2 + channels * height * field;
  for (let row = 0; row < (channel + 1) * height; row++) {
    const y = row - channel * height;
    const length = lengthOf(row);
    if (y >= 0) {
      at[y] = position;
      lengths[y] = length;
    }
    position += length;
  }
  return { at, lengths };
}

/** Alpha channels compressed for the flat picture: the lengths of their rows, and the rows. */
export interface PackedChannels {
  readonly lengths: Uint8Array;
  readonly rows: Uint8Array;
}

export function packChannels(
  channels: readonly AlphaChannel[],
  width: number,
  height: number,
  large: boolean,
): PackedChannels {
  const field = large ? 4 : 2;
  const lengths = new Uint8Array(channels.length * height * field);
  const view = new DataView(lengths.buffer);
  const row = new Uint8Array(width);
  const packed = new Uint8Array(width + Math.ceil(width / 128) + 1);
  const parts: Uint8Array[] = [];
  for (const [c, { coverage }] of channels.entries()) {
    for (let y = 0; y < height; y++) {
      readSoftRow(toCoverage(coverage), 0, y, row);
      const end = packRow(row, packed, 0);
      if (large) view.setUint32((c * height + y) * 4, end);
      else view.setUint16((c * height + y) * 2, end);
      parts.push(packed.slice(0, end));
    }
  }
  return { lengths, rows: joined(parts) };
}

/** Parts one after the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function bytesAt(view: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, length);
}
