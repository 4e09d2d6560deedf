import {
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { failedAt } from "../failure.js";

/** The state of a file that a part is of: with another source, or another state, the part is worth nothing. */
export interface SourceState {
  /** Without credentials. */
  readonly url: string;
  /** The server's mark for this state of the file, "" if it gives none that can be relied on. */
  readonly mark: string;
  /** Bytes of the whole file, where the server said. */
  readonly total?: number | undefined;
}

/** Bytes of a file, and the state of it that they are of. */
export interface Half extends SourceState {
  readonly length: number;
}

/**
 * What has come of a download, beside its target, with a note of what it is a part of. Bytes are on the way to the disk when
 * `append` returns, so that none is lost that the connection brought before it broke.
 */
export class PartFile {
  readonly path: string;
  readonly #notePath: string;
  #file: number | undefined;
  #length: number;
  #source: SourceState | undefined;

  /** @throws MasksmithError `runtime` if it cannot be written there. */
  constructor(target: string) {
    this.path = `${target}.part`;
    this.#notePath = `${this.path}.json`;
    this.#length = this.#onDisk(() => {
      mkdirSync(dirname(target), { recursive: true });
      const found = lstatSync(this.path, { throwIfNoEntry: false });
      // To open a pipe would never end.
      if (found && !found.isFile()) throw new Error("it is not a plain file");
      return found?.size ?? 0;
    });
    this.#source = readNote(this.#notePath);
  }

  /** Bytes that have come. */
  get length(): number {
    return this.#length;
  }

  /** What there is of that address and can be gone on with. */
  half(url: string): Half | undefined {
    const source = this.#source;
    if (source?.url !== url || source.mark === "" || this.#length === 0) return undefined;
    return { ...source, length: this.#length };
  }

  /** Forgets what is there and waits for the bytes of this source. */
  begin(source: SourceState): void {
    this.#onDisk(() => {
      this.#file ??= openSync(this.path, "a");
      ftruncateSync(this.#file);
      this.#length = 0;
      this.#source = source;
      writeFileSync(this.#notePath, JSON.stringify(source));
    });
  }

  append(bytes: Uint8Array): void {
    this.#onDisk(() => {
      this.#file ??= openSync(this.path, "a");
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
      this.#length += bytes.length;
    });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Removes part and note. */
  drop(): void {
    this.close();
    this.#length = 0;
    this.#source = undefined;
    rmSync(this.path, { force: true });
    this.dropNote();
  }

  dropNote(): void {
    rmSync(this.#notePath, { force: true });
  }

  #onDisk<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw failedAt(`cannot write ${this.path}`, cause);
    }
  }
}

function readNote(path: string): SourceState | undefined {
  try {
    if (!lstatSync(path).isFile()) return undefined;
    const value = JSON.parse(readFileSync(path, "utf8")) as Partial<SourceState> | null;
    const { url, mark, total } = value ?? {};
    if (typeof url !== "string" || typeof mark !== "string") return undefined;
    return { url, mark, total: Number.isSafeInteger(total) ? total : undefined };
  } catch {
    return undefined;
  }
}
