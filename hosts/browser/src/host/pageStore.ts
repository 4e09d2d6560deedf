import { MasksmithError } from "@masksmith/core";
import type { HostStore } from "@masksmith/panel/host";

/** A database of its own: that of embeddings is a cache, which may be emptied and whose form may change with a model. */
const DATABASE = "masksmith-work";
const VERSION = 1;
const STORE = "entries";

/** The host's store in IndexedDB: one entry a value, written beside the page's thread. */
export class PageStore implements HostStore {
  async entries(prefix: string): Promise<readonly (readonly [key: string, value: unknown])[]> {
    const range = () => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    try {
      return await withStore("readonly", (store) => {
        const [keys, values] = [store.getAllKeys(range()), store.getAll(range())];
        return () => keys.result.map((key, i) => [String(key), values.result[i] as unknown] as const);
      });
    } catch {
      // Where nothing may be stored, nothing is there.
      return [];
    }
  }

  async put(key: string, value: unknown): Promise<void> {
    await withStore("readwrite", (store) => {
      store.put(value, key);
      return () => undefined;
    }).catch(refused);
  }

  async delete(key: string): Promise<void> {
    await withStore("readwrite", (store) => {
      store.delete(key);
      return () => undefined;
    }).catch(refused);
  }
}

function refused(cause: unknown): never {
  const isFull = cause instanceof DOMException && cause.name === "QuotaExceededError";
  const reason = isFull
    ? "the browser has no room left for this page"
    : "the browser does not let this page store anything";
  throw new MasksmithError("runtime", reason, { cause });
}

/** Runs one transaction; its result counts once it is on disk, since a full disk is told only then. */
async function withStore<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => () => T): Promise<T> {
  const database = await openDatabase();
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const result = work(transaction.objectStore(STORE));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    return result();
  } finally {
    database.close();
  }
}

/** Opened for each use and closed again: a refusal is never remembered, and no page holds up another's upgrade. */
function openDatabase(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("Another page holds the database"));
  });
}
