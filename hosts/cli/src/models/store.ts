import { randomBytes } from "node:crypto";
import { cp, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { invalid, type Manifest } from "@masksmith/core";
import { failedAt } from "../failure.js";
import { LOCATION_FILE } from "./folder.js";

/** Where a model is stored, and how. */
export interface StoreOptions {
  /** The folder of model folders. */
  readonly store: string;
  /** The folder that holds the model's files now. */
  readonly files: string;
  /** true: copy them; false: remember where they are. */
  readonly copy: boolean;
}

/** What became of it. */
export interface StoredModel {
  readonly folder: string;
  /** Whether one of the same id was there before. */
  readonly replaced: boolean;
}

/**
 * Puts a model into the user's folder, all of it or nothing: it is written beside its place and renamed. One of the same id
 * is replaced. Files that lie in the very folder that is replaced are copied in any case: they would be gone.
 * @throws MasksmithError `runtime`.
 */
export async function storeModel(manifest: Manifest, { store, files, copy }: StoreOptions): Promise<StoredModel> {
  const target = join(store, manifest.id);
  const mark = randomBytes(6).toString("hex");
  const beside = join(store, `.${manifest.id}-${mark}`);
  const old = join(store, `.${manifest.id}-${mark}-old`);
  try {
    await mkdir(beside, { recursive: true });
    await writeFile(join(beside, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    if (copy || (await isInside(files, target))) {
      for (const file of Object.keys(manifest.files)) {
        await cp(join(files, file), join(beside, file), { dereference: true, errorOnExist: true });
      }
    } else await writeFile(join(beside, LOCATION_FILE), `${JSON.stringify({ folder: resolve(files) }, null, 2)}\n`);
    const replaced = await rename(target, old).then(
      () => true,
      () => false,
    );
    try {
      await rename(beside, target);
    } catch (error) {
      if (replaced) await rename(old, target);
      throw error;
    }
    return { folder: target, replaced };
  } catch (cause) {
    throw failedAt(`cannot store ${manifest.id} in ${store}`, cause);
  } finally {
    await rm(beside, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

async function isInside(folder: string, other: string): Promise<boolean> {
  const [inner, outer] = await Promise.all([folder, other].map((path) => realpath(path).catch(() => undefined)));
  return inner !== undefined && outer !== undefined && (inner === outer || inner.startsWith(outer + sep));
}

/**
 * Checks before the work that a model can be stored there under that name.
 * @throws MasksmithError `input` if a built-in model has the name, or the store is no folder.
 */
export async function checkStore(store: string, id: string, builtIn: readonly string[]): Promise<void> {
  if (builtIn.includes(id)) throw invalid("model id", "another than that of a built-in model (--id names it)", id);
  const found = await stat(store).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw failedAt(`cannot store models in ${store}`, cause);
  });
  if (found && !found.isDirectory()) throw invalid("folder of models", "a folder", store);
}
