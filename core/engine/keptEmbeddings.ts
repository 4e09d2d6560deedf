import type { EmbeddingStore } from "./types.js";

/** Embeddings kept beside a worker, 4 MB each: they survive it. */
const MOST = 8;

/** The newest embeddings of a worker's engine, least recently used out first, before what the caller keeps. */
export class KeptEmbeddings implements EmbeddingStore {
  readonly #kept = new Map<string, Float32Array>();
  readonly #beyond: EmbeddingStore | undefined;

  constructor(beyond: EmbeddingStore | undefined) {
    this.#beyond = beyond;
  }

  has(id: string): boolean {
    return this.#kept.has(id);
  }

  async get(id: string): Promise<Float32Array | undefined> {
    const data = this.#kept.get(id) ?? (await this.#beyond?.get(id));
    if (data) this.#remember(id, data);
    return data;
  }

  async set(id: string, data: Float32Array): Promise<void> {
    this.#remember(id, data);
    await this.#beyond?.set(id, data);
  }

  delete(id: string): void {
    this.#kept.delete(id);
  }

  #remember(id: string, data: Float32Array): void {
    this.#kept.delete(id);
    this.#kept.set(id, data);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST) return;
      this.#kept.delete(oldest);
    }
  }
}
