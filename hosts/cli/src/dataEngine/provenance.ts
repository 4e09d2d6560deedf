import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { PictureRecord } from "@masksmith/core";

/** Changes when the same settings begin to give other records. */
const FORMAT = 1;
/** Field of a record that says what it was made from. */
const FIELD = "masksmith";

/** What decides an automatic record: the picture's bytes and everything that the masks depend on. */
export interface Provenance {
  readonly picture: string;
  readonly settings: string;
}

/** SHA-256 of settings, the same whatever the order of their fields. @param settings any JSON value. */
export function settingsHash(settings: unknown): string {
  return createHash("sha256")
    .update(canonical({ format: FORMAT, settings }))
    .digest("hex");
}

/** SHA-256 of a file's bytes. */
export async function fileHash(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** The record's further field. `settings` themselves go along, to be read by people. */
export function provenanceField({ picture, settings }: Provenance, readable: unknown): Record<string, unknown> {
  return { [FIELD]: { picture_sha256: picture, settings_sha256: settings, settings: readable } };
}

/** What a record says it was made from, if it says it. */
export function provenanceOf({ extra }: PictureRecord): Partial<Provenance> {
  const field = extra[FIELD] as { picture_sha256?: unknown; settings_sha256?: unknown } | null | undefined;
  const { picture_sha256: picture, settings_sha256: settings } = field ?? {};
  return {
    ...(typeof picture === "string" ? { picture } : {}),
    ...(typeof settings === "string" ? { settings } : {}),
  };
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === "object" && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : field,
  );
}
