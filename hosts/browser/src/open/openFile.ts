import { MasksmithError } from "@masksmith/core";
import type { DocumentState } from "../document/model.js";
import { readPsdInWorker } from "../psd/inWorker.js";
import { type MakeRoom, openPicture } from "./openPicture.js";

/** A file read, and what of it is not shown as its own program would (sentences for the user). */
export interface Opened {
  readonly state: DocumentState;
  readonly notes: readonly string[];
}

const PSD_MAGIC = [0x38, 0x42, 0x50, 0x53];

/**
 * Reads a picture or a Photoshop file; which of them, its first bytes say.
 * @throws MasksmithError `input` in words for the user; nothing open is touched.
 */
export async function openFile(file: Blob, name: string, signal?: AbortSignal, makeRoom?: MakeRoom): Promise<Opened> {
  if (file.size === 0) throw new MasksmithError("input", `“${name}” is empty`);
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (!PSD_MAGIC.every((byte, i) => head[i] === byte))
    return { state: await openPicture(file, name, signal, makeRoom), notes: [] };
  return readPsdInWorker(new Uint8Array(await file.arrayBuffer()), name, signal);
}
