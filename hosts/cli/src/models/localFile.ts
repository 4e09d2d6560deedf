import { createHash } from "node:crypto";
import { closeSync, createReadStream, fstatSync, openSync, readSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { type LocalFile, MasksmithError } from "@masksmith/core";

/**
 * Opens a file of a model's folder, to be read in parts.
 * @param name a plain file name.
 * @throws MasksmithError `model` as `plainPath`.
 */
export async function openInFolder(folder: string, name: string): Promise<LocalFile> {
  const path = await plainPath(folder, name);
  const descriptor = openSync(path, "r");
  const found = fstatSync(descriptor);
  let isOpen = true;
  return {
    path,
    bytes: found.size,
    read(offset, length) {
      const buffer = new Uint8Array(Math.max(0, Math.min(length, found.size - offset)));
      return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, offset));
    },
    async sha256(signal) {
      const hash = createHash("sha256");
      await pipeline(createReadStream(path), hash, signal ? { signal } : {});
      return hash.digest("hex");
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** The file's real path. @throws MasksmithError `model` if that is outside the folder, or no plain file (a pipe would block). */
export async function plainPath(folder: string, name: string): Promise<string> {
  const home = await realpath(folder);
  const path = await realpath(join(folder, name));
  if (path.startsWith(home + sep)) {
    if ((await stat(path)).isFile()) return path;
    throw new MasksmithError("model", `${name} is not a plain file`);
  }
  throw new MasksmithError("model", `${name} is a link to a place outside its folder: put the file itself there`);
}
