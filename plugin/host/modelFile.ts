import { MasksmithError, messageOf } from "@masksmith/core";
import type { Environment } from "./environment.js";
import type { UxpFileEntry } from "./photoshop.js";

/** A file of a folder that the user picked, and its size when it was listed. */
export interface ListedFile {
  readonly entry: UxpFileEntry;
  readonly bytes: number;
}

/** A listed file that is read in parts. */
export interface OpenFile {
  /** Fewer bytes than `length` only where the file ends. */
  read(from: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Smaller files are simply held: a copy costs more. */
const SMALL_BYTES = 8 << 20;
/** Larger files are not read whole, copy or no copy: Photoshop warns at 600 MB of memory, and may end the plugin before. */
const MOST_WHOLE_BYTES = 256 << 20;
const MEGABYTE = 1e6;

/**
 * Opens a listed file. UXP gives a picked file only whole; parts can be had of a copy in the plugin's temporary folder.
 * @throws MasksmithError `model` if it is large and cannot be copied.
 */
export async function openFile(env: Environment, listed: ListedFile): Promise<OpenFile> {
  if (listed.bytes <= SMALL_BYTES) return openWhole(env, listed);
  try {
    return await openCopy(env, listed);
  } catch (cause) {
    // An older host, or no room for a copy.
    if (listed.bytes <= MOST_WHOLE_BYTES) return openWhole(env, listed);
    const reason = messageOf(cause);
    const megabytes = Math.round(listed.bytes / MEGABYTE);
    throw new MasksmithError(
      "model",
      `Photoshop could not copy ${listed.entry.name} (${megabytes} MB) to its temporary folder: ${reason}`,
      { cause },
    );
  }
}

async function openCopy(env: Environment, { entry }: ListedFile): Promise<OpenFile> {
  const fs = env.fs();
  const folder = await env.uxp.storage.localFileSystem.getTemporaryFolder();
  await entry.copyTo(folder, { overwrite: true });
  const path = `plugin-temp:/${entry.name}`;
  const file = await fs.open(path, "r");
  return {
    async read(from, length) {
      const part = new Uint8Array(length);
      let read = 0;
      while (read < length) {
        const { bytesRead } = await fs.read(file, part.buffer, read, length - read, from + read);
        if (bytesRead <= 0) break;
        read += bytesRead;
      }
      return part.subarray(0, read);
    },
    async close() {
      await fs.close(file);
      await fs.unlink(path);
    },
  };
}

async function openWhole({ uxp }: Environment, { entry }: ListedFile): Promise<OpenFile> {
  const data = await entry.read({ format: uxp.storage.formats.binary });
  if (typeof data === "string") throw new MasksmithError("runtime", `${entry.name} came as text`);
  const bytes = new Uint8Array(data);
  return { read: async (from, length) => bytes.slice(from, from + length), close: async () => undefined };
}
