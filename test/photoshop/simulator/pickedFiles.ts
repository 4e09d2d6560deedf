import { randomUUID } from "node:crypto";

/** How UXP may fall short of its documentation with files. */
export type FileFault = "no fs" | "no room";
/** What may become of a folder's token: none is given, it is refused, or the entry that it gives is not there any more. */
export type TokenFault = "none given" | "refused" | "gone";

type Picks = ReadonlyMap<string, Uint8Array | null>;
/** Picked folders by token. */
export type Tokens = Map<string, Picks>;

interface Entry {
  readonly name: string;
}

/** fs.read need not give all that was asked for. */
const MOST_READ = 300_000;

/**
 * Folders that the user picks, plugin-temp:/ and `fs`. Picked files are read whole or copied; by path only the plugin's own
 * folders can be had, for the manifest asks for no more.
 */
export class PickedFiles {
  /** What lies in the folder that the user picks next: bytes of files, null for a folder. */
  picks: Picks = new Map();
  /** Names of picked files that were read, or copied, each time. */
  readonly read: string[] = [];
  readonly copied: string[] = [];
  fault: FileFault | null = null;
  tokenFault: TokenFault | null = null;
  /** How long a file takes to be read or copied. */
  delayMs = 0;
  /** plugin-temp:/, gone with the plugin. */
  readonly temporary = new Map<string, unknown>();
  readonly #open = new Map<number, string>();
  readonly #tokens: Tokens;
  readonly #picksOf = new WeakMap<object, () => Picks>();
  #descriptors = 2;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /** The folder that the user picks, or one that was picked. */
  folder(was?: Picks): unknown {
    const picks = () => was ?? this.picks;
    const getEntries = async () => {
      if (this.tokenFault === "gone") throw new Error("Could not find an entry");
      return [...picks()].map(([name, bytes]) => this.#entry(name, bytes));
    };
    const folder = { isFile: false, isFolder: true, getEntries };
    this.#picksOf.set(folder, picks);
    return folder;
  }

  /** A token need not be the same for the same folder. */
  token(folder: unknown): string {
    const picks = this.#picksOf.get(folder as object)?.();
    if (!picks || this.tokenFault === "none given") throw new Error("Permission denied: no token for this entry");
    const token = randomUUID();
    this.#tokens.set(token, picks);
    return token;
  }

  /** The entry is had even if the folder is not there any more. */
  entryOf(token: unknown): unknown {
    const picks = this.#tokens.get(String(token));
    if (!picks || this.tokenFault === "refused") throw new Error("Invalid persistent token");
    return this.folder(picks);
  }

  /** `require("fs")`. */
  fs(): unknown {
    if (this.fault === "no fs") throw new Error("Module not found: fs");
    return {
      open: async (path: string, flag: string) => {
        const name = this.#nameOf(path);
        if (flag !== "r" || !this.temporary.has(name))
          throw new Error(`ENOENT: no such file or directory, open ${path}`);
        this.#open.set(++this.#descriptors, name);
        return this.#descriptors;
      },
      read: async (file: number, buffer: ArrayBuffer, offset: number, length: number, position: number) => {
        if (Object.prototype.toString.call(buffer) !== "[object ArrayBuffer]") throw new Error("buffer: ArrayBuffer");
        const bytes = this.temporary.get(this.#named(file)) as Uint8Array;
        const part = bytes.subarray(position, position + Math.min(length, MOST_READ));
        new Uint8Array(buffer, offset, length).set(part);
        return { bytesRead: part.length, buffer };
      },
      close: async (file: number) => {
        this.#named(file);
        this.#open.delete(file);
        return 0;
      },
      unlink: async (path: string) => {
        const name = this.#nameOf(path);
        if ([...this.#open.values()].includes(name)) throw new Error(`EBUSY: resource busy or locked, unlink ${path}`);
        if (!this.temporary.delete(name)) throw new Error(`ENOENT: no such file or directory, unlink ${path}`);
        return 0;
      },
    };
  }

  #entry(name: string, bytes: Uint8Array | null): Entry {
    const file = () => {
      if (!bytes) throw new Error("Not a file");
      return bytes;
    };
    return Object.assign(
      { name, isFile: bytes !== null, isFolder: bytes === null },
      {
        getMetadata: async () => ({ size: bytes?.length ?? 0 }),
        read: async ({ format = "utf8" }: { format?: string } = {}) => {
          this.read.push(name);
          await this.#delay();
          return format === "binary" ? Uint8Array.from(file()).buffer : Buffer.from(file()).toString("utf8");
        },
        copyTo: async (folder: { readonly files?: unknown }, { overwrite = false }: { overwrite?: boolean } = {}) => {
          if (this.fault === "no room") throw new Error("OutOfSpace");
          if (folder.files !== this.temporary) throw new Error("Permission denied");
          if (this.temporary.has(name) && !overwrite) throw new Error(`EntryExists: ${name}`);
          this.copied.push(name);
          await this.#delay();
          this.temporary.set(name, file());
        },
      },
    );
  }

  #delay(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.delayMs));
  }

  #nameOf(path: string): string {
    const [, name] = /^plugin-temp:\/([^/]+)$/.exec(path) ?? [];
    if (name === undefined) throw new Error(`EACCES: permission denied, ${path}`);
    return name;
  }

  #named(file: number): string {
    const name = this.#open.get(file);
    if (name === undefined) throw new Error("EBADF: bad file descriptor");
    return name;
  }
}
