import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { unlessAborted, unlessSilent } from "../aborts.js";
import { kindOf, MasksmithError, messageOf, throwIfAborted } from "../errors.js";
import type { Signal } from "../signal.js";
import type { LocalFile, ModelSource } from "../types.js";
import { checkGraph } from "./checkGraph.js";
import { type GraphSpec, type Manifest, parseManifest } from "./manifest.js";
import type { GraphInfo } from "./onnx/graph.js";
import { bytesSource } from "./onnx/reader.js";

/** How long a reader may be silent. */
const SILENCE_MS = 300_000;

/** Who waits for a model's files. */
export interface Reading {
  readonly signal?: Signal | undefined;
  /** Hears of the bytes of a file that have come in so far. */
  readonly onBytes?: ((file: string, received: number) => void) | undefined;
}

/** A graph's bytes, checked by hash: in memory, with the files that hold its weights, or on disk, where those lie beside. */
export type GraphFile =
  | { readonly bytes: Uint8Array; readonly external: readonly { readonly path: string; readonly data: Uint8Array }[] }
  | { readonly path: string };

/**
 * Reads one graph of a model, checks it and its external files against the manifest, and looks into it before a runtime
 * does.
 * @param onDisk leave a graph and the files that hold its weights where they are, if the model is on disk: for runtimes that
 * read them there. A graph that lists no such files is read whole.
 * @throws MasksmithError `model`.
 */
export async function readGraph(
  source: ModelSource,
  manifest: Manifest,
  spec: GraphSpec,
  onDisk: boolean,
  reading: Reading = {},
): Promise<{ readonly file: GraphFile; readonly info: GraphInfo }> {
  const sizes = Object.fromEntries((spec.external ?? []).map((file) => [file, manifest.files[file].bytes]));
  // A runtime that is given a path reads what lies beside it: only where the manifest lists that.
  if (onDisk && source.local && spec.external && spec.external.length > 0) {
    for (const file of spec.external ?? []) (await openChecked(source, manifest, file, reading)).close();
    const local = await openChecked(source, manifest, spec.file, reading);
    try {
      return { info: checkGraph(local, spec, sizes), file: { path: local.path } };
    } finally {
      local.close();
    }
  }
  const bytes = await readModelFile(source, manifest, spec.file, reading);
  const info = checkGraph(bytesSource(bytes), spec, sizes);
  const external = [];
  for (const path of spec.external ?? []) {
    external.push({ path, data: await readModelFile(source, manifest, path, reading) });
  }
  return { info, file: { bytes, external } };
}

/** Opens a file on disk after checking its size and hash. */
async function openChecked(
  source: ModelSource,
  manifest: Manifest,
  file: string,
  { signal, onBytes }: Reading,
): Promise<LocalFile> {
  throwIfAborted(signal);
  const local = await tellingFile(manifest, file, () => source.local!(file));
  try {
    checkSize(manifest, file, local.bytes);
    checkHash(manifest, file, await tellingFile(manifest, file, () => local.sha256(signal)));
    onBytes?.(file, local.bytes);
    return local;
  } catch (error) {
    local.close();
    throw error;
  }
}

/**
 * Reads one file of a model and checks it against the manifest.
 * @throws MasksmithError `model` that names the file with its expected and actual size or hash.
 */
export async function readModelFile(
  source: ModelSource,
  manifest: Manifest,
  file: string,
  { signal, onBytes }: Reading = {},
): Promise<Uint8Array> {
  throwIfAborted(signal);
  if (!Object.hasOwn(manifest.files, file)) {
    throw new MasksmithError("model", `Model ${manifest.id} lists no file ${JSON.stringify(file)}`);
  }
  const read = (heard: () => void) => {
    const told = (received: number) => {
      heard();
      onBytes?.(file, received);
    };
    return unlessAborted(source.read(file, { ...(signal ? { signal } : {}), onBytes: told }), signal);
  };
  const late = () => new Error(`nothing came for ${SILENCE_MS / 1000} s`);
  const given: unknown = await tellingFile(manifest, file, () => unlessSilent(read, SILENCE_MS, late));
  throwIfAborted(signal);
  const bytes = kindOf(given) === "ArrayBuffer" ? new Uint8Array(given as ArrayBuffer) : (given as Uint8Array);
  if (kindOf(bytes) !== "Uint8Array") {
    const what = `Model file ${file} of ${manifest.id}`;
    throw new MasksmithError("model", `${what} cannot be read: read must give a Uint8Array, got ${kindOf(given)}`);
  }
  checkSize(manifest, file, bytes.length);
  checkHash(manifest, file, bytesToHex(sha256(bytes)));
  onBytes?.(file, bytes.length);
  return bytes;
}

function checkSize(manifest: Manifest, file: string, actual: number): void {
  const { bytes } = manifest.files[file];
  if (actual === bytes) return;
  throw new MasksmithError(
    "model",
    `Model file ${file} of ${manifest.id} is damaged: expected ${bytes} bytes, got ${actual}`,
  );
}

function checkHash(manifest: Manifest, file: string, actual: string): void {
  const { sha256: expected } = manifest.files[file];
  if (actual === expected) return;
  throw new MasksmithError(
    "model",
    `Model file ${file} of ${manifest.id} is damaged: expected sha256 ${expected}, got ${actual}`,
  );
}

/** Does work on a file; what fails in it is told with the file's name. */
export async function tellingFile<T>(manifest: Manifest, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof MasksmithError) throw cause;
    const reason = messageOf(cause);
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
export async function verifyModel(source: ModelSource, signal?: Signal): Promise<FileVerdict[]> {
  const manifest = parseManifest(source.manifest);
  const verdicts: FileVerdict[] = [];
  for (const [file, { bytes, sha256: hash }] of Object.entries(manifest.files)) {
    if (source.local) (await openChecked(source, manifest, file, { signal })).close();
    else await readModelFile(source, manifest, file, { signal });
    verdicts.push({ file, bytes, sha256: hash });
  }
  return verdicts;
}
