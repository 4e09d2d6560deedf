import { randomBytes } from "node:crypto";
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Manifest } from "@masksmith/core";
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

/**
 * Puts a model into the user's folder, all of it or nothing: it is written beside its place and renamed. One of the same id
 * is replaced.
 * @returns the model's new folder.
 * @throws MasksmithError `runtime`.
 */
export async function storeModel(manifest: Manifest, { store, files, copy }: StoreOptions): Promise<string> {
  const target = join(store, manifest.id);
  const mark = randomBytes(6).toString("hex");
  const beside = join(store, `.${manifest.id}-${mark}`);
  const old = join(store, `.${manifest.id}-${mark}-old`);
  try {
    await mkdir(beside, { recursive: true });
    await writeFile(join(beside, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    if (copy) {
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
    return target;
  } catch (cause) {
    throw failedAt(`cannot store ${manifest.id} in ${store}`, cause);
  } finally {
    await rm(beside, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}
