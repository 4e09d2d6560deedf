import { MasksmithError } from "@masksmith/core";
import type { DocumentState } from "../document/model.js";
import { readPsdInWorker } from "../psd/inWorker.js";
import { type MakeRoom, openPicture } from "./openPicture.js";

/** A file read, and what of it is not shown as its own program would (sentences for the user). */
export interface Opened {
  readonly state: DocumentState;
  readonly notes: readonly string[];
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly makeRoom?: MakeRoom;
  /** Hears what part of a Photoshop file has been read, 0..1. */
  readonly onProgress?: (fraction: number) => void;
}

/** "8BPS". */
const PSD_MAGIC = 0x38425053;
/** Bytes of the header, which holds height and width at 14 and 18. */
const PSD_HEADER = 26;

/**
 * Reads a picture or a Photoshop file; which of them, its first bytes say.
 * @throws MasksmithError `input` in words for the user; nothing open is touched.
 */
export async function openFile(
  file: Blob,
  name: string,
  { signal, makeRoom, onProgress }: OpenOptions = {},
): Promise<Opened> {
  if (file.size === 0) throw new MasksmithError("input", `“${name}” is empty`);
  const head = new DataView(await file.slice(0, PSD_HEADER).arrayBuffer());
  if (head.byteLength < 4 || head.getUint32(0) !== PSD_MAGIC)
    return { state: await openPicture(file, name, signal, makeRoom), notes: [] };
  if (head.byteLength === PSD_HEADER) await makeRoom?.(head.getUint32(14) * head.getUint32(18));
  return readPsdInWorker(await bytesOf(file, name), name, signal, onProgress);
}

async function bytesOf(file: Blob, name: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    const words = `“${name}” can't be read: it was moved or changed, or is too large for the browser`;
    throw new MasksmithError("input", words, { cause });
  }
}
