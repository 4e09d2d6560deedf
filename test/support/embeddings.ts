import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EmbeddingStore } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { CACHE } from "./alone.js";

const FOLDER = join(CACHE, "embeddings");
const CORE = fileURLToPath(new URL("../../core", import.meta.url));

/**
 * Embeddings that tests hand to their engines, as hosts do: each picture is encoded once, and not again in later runs while
 * the model, the runtime and the code that encodes are the same. Not for a test of encoding itself.
 */
export const keptEmbeddings: EmbeddingStore = {
  get: async (id) => {
    const bytes = await readFile(fileOf(id)).catch(() => undefined);
    return bytes && new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  },
  set: async (id, data) => {
    const temporary = `${fileOf(id)}.${process.pid}`;
    await mkdir(join(FOLDER, mark()), { recursive: true });
    await writeFile(temporary, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    await rename(temporary, fileOf(id));
    await forgetOthers();
  },
};

function fileOf(id: string): string {
  return join(FOLDER, mark(), createHash("sha256").update(id).digest("hex").slice(0, 32));
}

let marked: string | undefined;

/** What an embedding depends on beside its picture, which its id tells. */
function mark(): string {
  if (marked) return marked;
  const hash = createHash("sha256");
  hash.update(JSON.stringify((model.manifest as { files: unknown }).files));
  hash.update(readFileSync(createRequire(join(CORE, "index.ts")).resolve("onnxruntime-web")));
  for (const folder of ["encode", "runtime"]) {
    for (const name of readdirSync(join(CORE, folder)).sort()) hash.update(readFileSync(join(CORE, folder, name)));
  }
  marked = hash.digest("hex").slice(0, 16);
  return marked;
}

async function forgetOthers(): Promise<void> {
  const others = (await readdir(FOLDER)).filter((name) => name !== mark());
  for (const name of others) await rm(join(FOLDER, name), { recursive: true, force: true });
}
