import { toByteArray } from "base64-js";
import { PART_BYTES, type Part } from "./packet.js";
import { readHead, unpack } from "./values.js";

/** Messages under assembly at a time; a side sends one after the other, so more are not ours. */
const MOST_OPEN = 4;
/** Finished messages remembered, so that a part sent again is not taken for a new message. */
const REMEMBERED = 512;

interface Open {
  readonly parts: number;
  readonly heads: number;
  readonly texts: Map<number, string>;
  readonly bytes: Map<number, Uint8Array>;
}

/** Puts parts together to values. Nothing is allocated by what a part claims, only by what it brings. */
export class Inbox {
  readonly #open = new Map<number, Open>();
  readonly #done = new Set<number>();

  /**
   * Takes a part. `taken` tells whether to acknowledge it; `value` is there when it completed a message.
   * A message that cannot be read is dropped and acknowledged: sending it again would not help.
   */
  take({ message, part, parts, heads, text }: Part): { taken: boolean; value?: unknown; complete: boolean } {
    if (this.#done.has(message)) return { taken: true, complete: false };
    const open = this.#opened(message, parts, heads);
    if (!open) return { taken: false, complete: false };
    if (!store(open, part, text)) return { taken: false, complete: false };
    if (open.texts.size + open.bytes.size < parts) return { taken: true, complete: false };
    this.#finish(message);
    try {
      return { taken: true, complete: true, value: assemble(open) };
    } catch {
      return { taken: true, complete: false };
    }
  }

  #opened(message: number, parts: number, heads: number): Open | null {
    const known = this.#open.get(message);
    if (known) return known.parts === parts && known.heads === heads ? known : null;
    if (this.#open.size >= MOST_OPEN) this.#open.delete(this.#open.keys().next().value as number);
    const open: Open = { parts, heads, texts: new Map(), bytes: new Map() };
    this.#open.set(message, open);
    return open;
  }

  #finish(message: number): void {
    this.#open.delete(message);
    this.#done.add(message);
    if (this.#done.size > REMEMBERED) this.#done.delete(this.#done.values().next().value as number);
  }
}

function store({ heads, texts, bytes }: Open, part: number, text: string): boolean {
  if (part < heads) {
    texts.set(part, text);
    return true;
  }
  try {
    const decoded = toByteArray(text);
    if (decoded.length > PART_BYTES) return false;
    bytes.set(part, decoded);
    return true;
  } catch {
    return false;
  }
}

function assemble({ parts, heads, texts, bytes }: Open): unknown {
  let json = "";
  for (let part = 0; part < heads; part++) json += texts.get(part);
  const { body, sizes } = readHead(json);
  const chunks: (Uint8Array | null)[] = [];
  for (let part = heads; part < parts; part++) chunks.push(bytes.get(part) as Uint8Array);
  bytes.clear();
  return unpack(body, regroup(chunks, sizes));
}

/**
 * Lets go of each chunk once it is copied, so that a long message is not held twice.
 * @throws Error if the bytes do not add up to the sizes; checked before anything is allocated.
 */
function regroup(chunks: (Uint8Array | null)[], sizes: readonly number[]): Uint8Array[] {
  const total = chunks.reduce((sum, chunk) => sum + (chunk?.length ?? 0), 0);
  if (sizes.reduce((sum, size) => sum + size, 0) !== total) throw new Error("bytes are missing");
  let chunk = 0;
  let at = 0;
  return sizes.map((size) => {
    const out = new Uint8Array(size);
    for (let filled = 0; filled < size; ) {
      const from = chunks[chunk] as Uint8Array;
      const count = Math.min(size - filled, from.length - at);
      out.set(from.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (at < from.length) continue;
      chunks[chunk++] = null;
      at = 0;
    }
    return out;
  });
}
