import { open, readFile, stat } from "node:fs/promises";
import { invalid, MasksmithError } from "@masksmith/core";
import { failedAt } from "../failure.js";

/** What of a file is looked at: enough to tell its kind. */
const HEAD = 2 ** 24;

/**
 * Refuses to write a JSON file over one that is there, unless that is empty, or what this program writes there.
 * @param isOurs by the text of the file that is there, or its first 16 MiB.
 * @throws MasksmithError `input`, what to do; `runtime` if it cannot be read.
 */
export async function checkReplaceable(
  option: string,
  path: string,
  isOurs: (text: string) => boolean,
  force = false,
): Promise<void> {
  if (force || !(await isThere(path))) return;
  const text = await headOf(path);
  if (text !== "" && !isOurs(text))
    throw invalid(option, "a new file, or one of the same kind (--force replaces any)", path);
}

/** The text of a file, or undefined if there is none. @throws MasksmithError `runtime` if it is there and cannot be read. */
export async function textOf(path: string): Promise<string | undefined> {
  if (!(await isThere(path))) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw failedAt(`cannot read ${path}`, cause);
  }
}

/** @throws MasksmithError `runtime` if it is there and no plain file: to read a pipe would never end. */
async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return undefined;
    throw failedAt(`cannot read ${path}`, cause);
  });
  if (found && !found.isFile()) throw new MasksmithError("runtime", `cannot read ${path}: it is not a plain file`);
  return found !== undefined;
}

async function headOf(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(Math.min(HEAD, (await file.stat()).size));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw failedAt(`cannot read ${path}`, cause);
  }
}
