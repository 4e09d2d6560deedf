import type { EmbeddingStore } from "@masksmith/core";

const DATABASE = "masksmith";
const STORE = "embeddings";
/** 4 MB each: pictures whose prompts survive a replaced worker, and pictures that survive a reload. */
const IN_MEMORY = 8;
const ON_DISK = 24;

interface StoredEmbedding {
  readonly id: string;
  readonly data: Float32Array;
  readonly used: number;
}

/**
 * Embeddings by id (content hash and model) in memory and, where the page may store, in IndexedDB; both bounded, least
 * recently used out first. Storage is a cache: any refusal of it, at once or later, leaves the memory.
 */
export class PageEmbeddingStore implements EmbeddingStore {
  readonly #memory = new Map<string, Float32Array>();
  #database: Promise<IDBDatabase | null> | undefined;

  has(id: string): boolean {
    return this.#memory.has(id);
  }

  async get(id: string): Promise<Float32Array | undefined> {
    const data = this.#memory.get(id) ?? (await this.#load(id));
    if (data) this.#remember(id, data);
    return data;
  }

  async set(id: string, data: Float32Array): Promise<void> {
    this.#remember(id, data);
    await this.#quietly(async (database) => {
      const store = database.transaction(STORE, "readwrite").objectStore(STORE);
      await done(store.put({ id, data, used: Date.now() } satisfies StoredEmbedding));
      await trim(store);
    });
  }

  /** A view for an engine beside: it finds what is kept here, and what it adds does not crowd that out. */
  beside(): EmbeddingStore {
    const own = new Map<string, Float32Array>();
    return {
      get: async (id) => own.get(id) ?? (await this.get(id)),
      set: async (id, data) => {
        for (const oldest of [...own.keys()].slice(0, Math.max(0, own.size + 1 - IN_MEMORY))) own.delete(oldest);
        own.set(id, data);
      },
    };
  }

  #remember(id: string, data: Float32Array): void {
    this.#memory.delete(id);
    this.#memory.set(id, data);
    for (const oldest of this.#memory.keys()) {
      if (this.#memory.size <= IN_MEMORY) return;
      this.#memory.delete(oldest);
    }
  }

  async #load(id: string): Promise<Float32Array | undefined> {
    return this.#quietly(async (database) => {
      const store = database.transaction(STORE, "readwrite").objectStore(STORE);
      const found = (await done(store.get(id))) as StoredEmbedding | undefined;
      if (!(found?.data instanceof Float32Array)) return undefined;
      store.put({ ...found, used: Date.now() });
      return found.data;
    });
  }

  /** Nothing where storage is refused, full or broken: the memory is enough to go on. */
  async #quietly<T>(work: (database: IDBDatabase) => Promise<T>): Promise<T | undefined> {
    try {
      this.#database ??= openDatabase();
      const database = await this.#database;
      return database ? await work(database) : undefined;
    } catch {
      return undefined;
    }
  }
}

function openDatabase(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STORE, { keyPath: "id" }).createIndex("used", "used");
      };
      request.onsuccess = () => {
        const database = request.result;
        database.onversionchange = () => database.close();
        resolve(database);
      };
      request.onerror = () => resolve(null);
      request.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** Deletes the least recently used beyond the limit. */
async function trim(store: IDBObjectStore): Promise<void> {
  let surplus = (await done(store.count())) - ON_DISK;
  if (surplus <= 0) return;
  const keys = await done(store.index("used").getAllKeys());
  for (const key of keys) {
    if (surplus-- <= 0) return;
    store.delete(key);
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
