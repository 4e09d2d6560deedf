import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { invalid } from "@masksmith/core";

/**
 * The files that a command reads, and those that it has said it will write: nothing else may be written over them. Files are
 * the same whatever they are called: by links of either kind, and by names that differ in the case of letters or in how an
 * accent is composed, since many file systems take those for one.
 */
export class Inputs {
  /** What lies at a place, in words. */
  readonly #owners = new Map<string, string>();

  /** @param what the file is, in words, for the error of an output that names it. */
  async add(path: string, what: string): Promise<this> {
    for (const place of await placesOf(path)) if (!this.#owners.has(place)) this.#owners.set(place, what);
    return this;
  }

  async has(path: string): Promise<boolean> {
    return (await this.#ownerOf(path)) !== undefined;
  }

  /**
   * @param option that names the outputs.
   * @throws MasksmithError `input` if one of the outputs is a file of these.
   */
  async refuse(option: string, outputs: readonly string[]): Promise<void> {
    for (const path of outputs) {
      const owner = await this.#ownerOf(path);
      if (owner !== undefined) throw invalid(option, `another file than ${owner}`, path);
    }
  }

  /** Refuses as `refuse`, and keeps later outputs from these files too. */
  async claim(option: string, outputs: readonly string[]): Promise<void> {
    for (const path of outputs) {
      await this.refuse(option, [path]);
      await this.add(path, `that of ${option}`);
    }
  }

  async #ownerOf(path: string): Promise<string | undefined> {
    for (const place of await placesOf(path)) {
      const owner = this.#owners.get(place);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
}

/** The real path, also of a file that does not exist yet, and the file's own number, if it does. */
async function placesOf(path: string): Promise<string[]> {
  const real = await realPlace(path);
  const found = await stat(real, { bigint: true }).catch(() => undefined);
  const folded = real.normalize("NFC").toLowerCase();
  return found ? [folded, `${found.dev}:${found.ino}`] : [folded];
}

async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const full = resolve(path);
    const folder = dirname(full);
    return folder === full ? full : join(await realPlace(folder), basename(full));
  }
}
