import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, MasksmithError, type ModelSource, parseManifest } from "@masksmith/core";
import { reasonOf } from "../failure.js";
import { openInFolder, plainPath } from "./localFile.js";

/** A manifest is a few hundred lines. */
const LARGEST_MANIFEST = 4 * 2 ** 20;
/** In a stored model's folder: says where its files are, if they are not in it. */
export const LOCATION_FILE = "location.json";

/** A model that can be named on the command line. */
export interface KnownModel {
  readonly manifest: Manifest;
  readonly source: ModelSource;
  /** Where its files are, in words. */
  readonly location: string;
}

/** A folder's `manifest.json`, not checked. @throws MasksmithError `model`, `input`. */
export function readManifestFile(folder: string): Promise<unknown> {
  return readJsonFile(folder, "manifest.json");
}

/** @throws MasksmithError `model`, what is wrong with it; of the system's own what it refuses. */
async function readJsonFile(folder: string, name: string): Promise<unknown> {
  const path = join(folder, name);
  const found = await stat(path);
  if (!found.isFile()) throw new MasksmithError("model", `${name} is not a plain file`);
  const { size } = found;
  if (size > LARGEST_MANIFEST) {
    throw new MasksmithError("model", `${name} must have at most ${LARGEST_MANIFEST} bytes, it has ${size}`);
  }
  const text = await readFile(path, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MasksmithError("model", `${name} is not JSON: ${reasonOf(cause)}`, { cause });
  }
}

/** The model in a folder of masksmith's layout: a manifest, and its files beside it or where `location.json` says. */
export async function readModelFolder(folder: string): Promise<KnownModel> {
  const manifest = parseManifest(await readManifestFile(folder));
  const files = (await referredFolder(folder)) ?? folder;
  return { manifest, source: folderSource(files, manifest), location: files };
}

/** Reads a folder's files as a model's. */
export function folderSource(folder: string, manifest: unknown): ModelSource {
  return {
    manifest,
    read: async (file, options) => readFile(await plainPath(folder, file), options),
    local: (file) => openInFolder(folder, file),
  };
}

/**
 * Where a stored model's files are, if that is not its own folder.
 * @throws MasksmithError `model` if `location.json` does not say it.
 */
export async function referredFolder(folder: string): Promise<string | undefined> {
  const value = await readJsonFile(folder, LOCATION_FILE).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (value === undefined) return undefined;
  const at = typeof value === "object" && value !== null && "folder" in value ? value.folder : undefined;
  if (typeof at !== "string") throw new MasksmithError("model", `${LOCATION_FILE} must be an object with a folder`);
  return at;
}
