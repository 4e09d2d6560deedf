import { MasksmithError } from "@masksmith/core";

/** Most files of a model's folder that are listed. */
export const MOST_MODEL_FILES = 1_000;
/** Most bytes of a file that are asked for at a time. */
export const MOST_MODEL_PART = 1 << 20;
/** What a manifest may name: a file's name without folders, drives or streams. */
export const MODEL_FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;

/** Largest file of a model that crosses: the page has to hold it whole. */
export const MOST_MODEL_BYTES = 1 << 30;

/** @throws MasksmithError `model` if a file is too large to cross. */
export function checkModelFileSize(name: string, bytes: number): void {
  if (bytes <= MOST_MODEL_BYTES) return;
  throw new MasksmithError(
    "model",
    `${name} has ${gigabytes(bytes)}; in Photoshop ${gigabytes(MOST_MODEL_BYTES)} at most`,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
