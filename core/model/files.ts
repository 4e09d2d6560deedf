import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { ModelSource } from "../engine/types.js";
import { MasksmithError, throwIfAborted } from "../errors.js";
import { type Manifest, parseManifest } from "./manifest.js";

/**
 * Reads one file of a model and checks it against the manifest.
 * @throws MasksmithError `model` that names the file with its expected and actual size or hash.
 */
export async function readModelFile(
  source: ModelSource,
  manifest: Manifest,
  file: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  throwIfAborted(signal);
  const expected = manifest.files[file];
  if (!expected) throw new MasksmithError("model", `Model ${manifest.id} lists no file ${JSON.stringify(file)}`);
  const bytes = await read(source, manifest, file, signal);
  throwIfAborted(signal);
  if (bytes.length !== expected.bytes) {
    throw new MasksmithError(
      "model",
      `Model file ${file} of ${manifest.id} is damaged: expected ${expected.bytes} bytes, got ${bytes.length}`,
    );
  }
  const actual = bytesToHex(sha256(bytes));
  if (actual !== expected.sha256) {
    throw new MasksmithError(
      "model",
      `Model file ${file} of ${manifest.id} is damaged: expected sha256 ${expected.sha256}, got ${actual}`,
    );
  }
  return bytes;
}

async function read(source: ModelSource, manifest: Manifest, file: string, signal?: AbortSignal): Promise<Uint8Array> {
  try {
    return await source.read(file, signal ? { signal } : {});
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MasksmithError("model", `Model file ${file} of ${manifest.id} cannot be read: ${reason}`, { cause });
  }
}

/** What `verifyModel` found out about one file. */
export interface FileVerdict {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Reads and checks every file of a model.
 * @throws MasksmithError `model` at the first file that does not fit.
 */
export async function verifyModel(source: ModelSource, signal?: AbortSignal): Promise<FileVerdict[]> {
  const manifest = parseManifest(source.manifest);
  const verdicts: FileVerdict[] = [];
  for (const [file, { bytes, sha256: hash }] of Object.entries(manifest.files)) {
    await readModelFile(source, manifest, file, signal);
    verdicts.push({ file, bytes, sha256: hash });
  }
  return verdicts;
}
