import { createHash, randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EmbeddingStore } from "@masksmith/core";

/** Embeddings as files of a folder, about 4 MB each, so that a second evaluation of the same pictures encodes nothing. */
export function embeddingFiles(folder: string): EmbeddingStore {
  const path = (id: string) => join(folder, `${createHash("sha256").update(id).digest("hex").slice(0, 32)}.f32`);
  return {
    async get(id) {
      const bytes = await readFile(path(id)).catch(() => undefined);
      return bytes && new Float32Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 4));
    },
    async set(id, { buffer, byteOffset, byteLength }) {
      await mkdir(folder, { recursive: true });
      const part = `${path(id)}.${randomUUID()}`;
      await writeFile(part, new Uint8Array(buffer, byteOffset, byteLength));
      await rename(part, path(id));
    },
  };
}
