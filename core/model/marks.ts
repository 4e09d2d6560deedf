import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Manifest } from "./manifest.js";

/** What tells a model from others of its name and version: 16 hex digits over its manifest, which has its files' hashes. */
export function modelMark(manifest: Manifest): string {
  return mark(manifest);
}

/** The same over all that makes an embedding: how pictures are fed, the encoder's graph, and the files of its weights. */
export function encoderMark({ input, encoders, files }: Manifest, encoder: string): string {
  const spec = encoders[encoder];
  const hashes = [spec.file, ...(spec.external ?? [])].map((name) => files[name].sha256);
  return mark([input, spec, hashes]);
}

function mark(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(value)))).slice(0, 16);
}
