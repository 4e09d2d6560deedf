import { readdir, unlink } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type PictureRecord, writeSa1b } from "@masksmith/core";
import { failedAt } from "../failure.js";
import { writeAll } from "../io/atomic.js";

/** What `writeAll` calls a record that it has not finished; it stays behind when the process is killed. */
const UNFINISHED = /^\.(.+)\.json\.[0-9a-f]{12}\.tmp$/;

/** The record of a picture: its own name with .json after it, so that a.jpg and a.png do not meet. */
export function recordPath(output: string, picture: string): string {
  return join(output, `${picture}.json`);
}

/** Replaces the record in one step. */
export async function saveRecord(path: string, record: PictureRecord): Promise<void> {
  await writeAll([{ path, bytes: new TextEncoder().encode(writeSa1b(record)) }]);
}

/**
 * Removes what killed runs left unfinished.
 * @param mine whether a file, by its path relative to the output without .json, is this run's: others may be at work on
 * the rest.
 */
export async function removeUnfinished(output: string, mine: (name: string) => boolean): Promise<void> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true }).catch((cause) => {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw failedAt(`cannot read ${output}`, cause);
  });
  for (const entry of entries) {
    const name = UNFINISHED.exec(entry.name)?.[1];
    if (name === undefined || !entry.isFile()) continue;
    const inside = relative(output, join(entry.parentPath, name)).split(sep).join("/");
    if (mine(inside)) await unlink(join(entry.parentPath, entry.name)).catch(() => {});
  }
}
