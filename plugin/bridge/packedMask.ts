import type { SoftMask } from "@masksmith/core";

/**
 * A soft mask whose bytes are PackBits (TIFF 6.0, section 9): almost all of a mask is 0 or 255, and packed it is held and sent
 * at a hundredth of its size.
 */
export interface PackedMask extends Omit<SoftMask, "data"> {
  readonly packed: Uint8Array;
}

/** Longest literal or run of PackBits. */
const MOST = 128;
/** Shorter repeats are cheaper as part of a literal. */
const LEAST_RUN = 3;

/** The mask packed, or as it is where packing would not make it smaller. */
export function packMask(mask: SoftMask): SoftMask | PackedMask {
  const packed = pack(mask.data);
  if (!packed) return mask;
  const { x, y, width, height } = mask;
  return { x, y, width, height, packed };
}

/** @throws RangeError if it is not what `packMask` gives; `fillsMask` tells without allocating. */
export function unpackMask({ x, y, width, height, packed }: PackedMask): SoftMask {
  const data = new Uint8Array(width * height);
  let o = 0;
  for (let i = 0; i < packed.length; ) {
    const head = packed[i++];
    const count = head < MOST ? head + 1 : 257 - head;
    if (head === MOST) continue;
    if (head < MOST) {
      data.set(packed.subarray(i, i + count), o);
      i += count;
    } else data.fill(packed[i++], o, o + count);
    o += count;
  }
  return { x, y, width, height, data };
}

/** Whether packed bytes unpack to exactly the mask's pixels. */
export function fillsMask({ width, height, packed }: Pick<PackedMask, "width" | "height" | "packed">): boolean {
  let count = 0;
  let i = 0;
  while (i < packed.length) {
    const head = packed[i];
    if (head < MOST) count += head + 1;
    else if (head > MOST) count += 257 - head;
    i += head < MOST ? head + 2 : head > MOST ? 2 : 1;
  }
  return i === packed.length && count === width * height;
}

/** PackBits of some bytes; null if that would be no smaller. */
function pack(data: Uint8Array): Uint8Array | null {
  // Grown as needed: a mask that packs well never has a buffer of its own size.
  let out = new Uint8Array(1 << 16);
  let o = 0;
  for (let i = 0; i < data.length; ) {
    if (o + MOST + 1 > out.length) out = grown(out);
    const run = runAt(data, i);
    if (run >= LEAST_RUN) {
      out[o++] = 257 - run;
      out[o++] = data[i];
      i += run;
    } else {
      const end = literalEnd(data, i);
      out[o++] = end - i - 1;
      out.set(data.subarray(i, end), o);
      o += end - i;
      i = end;
    }
    if (o >= data.length) return null;
  }
  return o < data.length ? out.slice(0, o) : null;
}

function runAt(data: Uint8Array, from: number): number {
  const end = Math.min(from + MOST, data.length);
  let i = from + 1;
  while (i < end && data[i] === data[from]) i++;
  return i - from;
}

/** Where a literal ends: at a run worth its own, or when it is full. */
function literalEnd(data: Uint8Array, from: number): number {
  const end = Math.min(from + MOST, data.length);
  for (let i = from; i < end - 2; i++) if (data[i] === data[i + 1] && data[i] === data[i + 2]) return i;
  return end;
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length * 2);
  out.set(bytes);
  return out;
}
