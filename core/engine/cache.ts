import type { Tensor } from "onnxruntime-web";
import type { Features } from "../encode/features.js";
import type { Tensors } from "../runtime/session.js";

/** What the engine keeps of one encoded raster. */
export interface EncodedRaster {
  readonly features: Features;
  /** The decoder's context for prompts without a mask. */
  readonly context: Tensors;
}

/** Encoded rasters by embedding id, least recently used first, bounded in bytes. The newest is always kept. */
export class EmbeddingCache {
  readonly #entries = new Map<string, EncodedRaster>();
  readonly #limit: number;

  /** @param limit bytes of tensor data to keep at most (one entry may exceed it). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The entry, now the most recently used. */
  get(id: string): EncodedRaster | undefined {
    const entry = this.#entries.get(id);
    if (entry) {
      this.#entries.delete(id);
      this.#entries.set(id, entry);
    }
    return entry;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  set(id: string, entry: EncodedRaster): void {
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.bytes <= this.#limit || this.#entries.size === 1) return;
      this.delete(oldest);
    }
  }

  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#entries.delete(id);
    for (const tensor of tensorsOf(entry)) tensor.dispose();
  }

  clear(): void {
    for (const id of [...this.#entries.keys()]) this.delete(id);
  }

  /** Bytes held now. */
  get bytes(): number {
    let sum = 0;
    for (const entry of this.#entries.values()) {
      for (const tensor of tensorsOf(entry)) sum += tensor.size * Float32Array.BYTES_PER_ELEMENT;
    }
    return sum;
  }
}

/** Features that the decoder reads as they are belong to both: each tensor once. */
function tensorsOf({ features, context }: EncodedRaster): Set<Tensor> {
  return new Set([...Object.values(features), ...Object.values(context)]);
}
