import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
} from "node:fs";
import { access, type FileHandle, open, realpath, rmdir, stat, statfs, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { MasksmithError } from "@masksmith/core";
import { failedAt } from "../failure.js";

/** A finished file, waiting to be written. */
export interface Output {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A file whose text is made while it is written. */
export interface StreamedOutput {
  readonly path: string;
  readonly parts: AsyncIterable<string>;
}

interface Written {
  readonly temporary: string;
  readonly target: string;
  /** Whether the target was there before. */
  readonly replaces: boolean;
}

/** Bytes of a file's name, where its temporary one has 18 more and file systems allow 255. */
const LONGEST_NAME = 255 - 18;
/** Linux' /proc and /sys, by the numbers of their file systems: they seem writable to root. */
const SHOWN_ONLY = new Set([0x9fa0, 0x62656572]);

/** Characters of small parts that are written together. */
const WRITTEN_AT_ONCE = 2 ** 20;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Checks before the work that `path` can be written after it: its folder, or the nearest one above it that exists, and
 * the file itself, if there is one.
 * @throws MasksmithError `runtime`.
 */
export async function checkWritable(path: string): Promise<void> {
  const found = await lookUp(path);
  if (found && !found.isFile())
    throw cannotWrite(path, found.isDirectory() ? "it is a folder" : "it is not a plain file");
  const bytes = Buffer.byteLength(basename(path));
  if (bytes > LONGEST_NAME)
    throw cannotWrite(path, `its name has ${bytes} bytes, at most ${LONGEST_NAME} leave room for a temporary one`);
  const folder = await nearestFolder(path);
  try {
    if (found) await access(path, constants.W_OK);
    await access(folder, constants.W_OK | constants.X_OK);
    if (SHOWN_ONLY.has((await statfs(folder)).type)) throw new Error("its folder shows the system, and keeps no files");
  } catch (cause) {
    throw failedAt(`cannot write ${path}`, cause);
  }
}

/**
 * Writes all files or none: each beside its target first, then all renamed at once. Missing folders are made. After a
 * failure or an interrupt nothing of it is left, folders included.
 * @throws MasksmithError `runtime` that names the file.
 */
export async function writeAll(outputs: readonly (Output | StreamedOutput)[]): Promise<void> {
  const written: Written[] = [];
  const folders: string[] = [];
  const restore = undoOnSignal(written, folders);
  try {
    for (const output of outputs) await writeBeside(output, written, folders);
    renameAll(written);
  } catch (error) {
    for (const { temporary } of written) await unlink(temporary).catch(() => {});
    for (const folder of folders.reverse()) await rmdir(folder).catch(() => {});
    throw error;
  } finally {
    restore();
  }
}

async function writeBeside(output: Output | StreamedOutput, written: Written[], folders: string[]): Promise<void> {
  const { path } = output;
  try {
    await makeFolders(dirname(resolve(path)), folders);
    // Through a link, so that the link stays and its file changes.
    const replaces = (await lookUp(path)) !== undefined;
    const target = replaces ? await realpath(path) : resolve(path);
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
    // In one step: an interrupt finds it either noted or not there.
    closeSync(openSync(temporary, "wx"));
    written.push({ temporary, target, replaces });
    const file = await open(temporary, "r+");
    try {
      if ("bytes" in output) await file.writeFile(output.bytes);
      else await writeParts(file, output.parts);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw failedAt(`cannot write ${path}`, cause);
  }
}

async function writeParts(file: FileHandle, parts: AsyncIterable<string>): Promise<void> {
  let waiting: string[] = [];
  let length = 0;
  for await (const part of parts) {
    waiting.push(part);
    length += part.length;
    if (length < WRITTEN_AT_ONCE) continue;
    await file.writeFile(waiting.join(""));
    waiting = [];
    length = 0;
  }
  await file.writeFile(waiting.join(""));
}

/** One synchronous step: no signal handler runs between two renames. If one fails, the new files before it go again. */
function renameAll(written: readonly Written[]): void {
  for (const [i, { temporary, target }] of written.entries()) {
    try {
      renameSync(temporary, target);
    } catch (cause) {
      for (const earlier of written.slice(0, i)) if (!earlier.replaces) unlinkSync(earlier.target);
      throw failedAt(`cannot write ${target}`, cause);
    }
  }
}

/** Makes a folder and those above it; adds the ones it made to `made`, outermost first. */
async function makeFolders(folder: string, made: string[]): Promise<void> {
  const missing: string[] = [];
  for (let at = folder; !(await lookUp(at)); at = dirname(at)) missing.unshift(at);
  // One by one: in /proc the recursive call tries for ever.
  for (const at of missing) {
    try {
      // In one step, as the files.
      mkdirSync(at);
      made.push(at);
    } catch (cause) {
      // Another process was faster.
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const found = await lookUp(folder);
    if (found?.isDirectory()) return folder;
    if (found) throw cannotWrite(path, `${folder} is not a folder`);
  }
}

async function lookUp(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw failedAt(`cannot write ${path}`, cause);
  }
}

/** What an interrupt has to undo at present. */
const undoing = new Set<() => void>();
let isListening = false;

/** While files are being written, an interrupt removes the unfinished ones, and the folders made for them, before the process ends. */
function undoOnSignal(written: readonly Written[], folders: readonly string[]): () => void {
  const undo = () => {
    for (const { temporary } of written) rmSync(temporary, { force: true });
    for (const folder of [...folders].reverse()) {
      try {
        rmdirSync(folder);
      } catch {
        // It holds something by now.
      }
    }
  };
  undoing.add(undo);
  listen();
  return () => undoing.delete(undo);
}

/** Once for good: a signal that comes while a listener is taken away again is lost, and the process would go on. */
function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const [signal, exit] of Object.entries(SIGNALS)) {
    process.on(signal, () => {
      for (const undo of undoing) undo();
      process.exit(exit);
    });
  }
}

function cannotWrite(path: string, reason: string): MasksmithError {
  return new MasksmithError("runtime", `cannot write ${path}: ${reason}`);
}
