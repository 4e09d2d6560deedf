import {
  type AskParams,
  isFileName,
  MasksmithError,
  MOST_MODEL_BYTES,
  MOST_MODEL_FILES,
  newNonce,
  type PickedFolder,
} from "../bridge/index.js";
import type { Environment } from "./environment.js";
import type { UxpFile } from "./photoshop.js";

interface Listed {
  readonly file: UxpFile;
  readonly bytes: number;
}

/** UXP gives a file only whole: it is kept while its parts are asked for, and this long after the last one. */
const KEPT_MS = 20_000;
/** Folders whose files may still be asked for; with another one the oldest is forgotten. */
const MOST_FOLDERS = 8;

/** Folders that the user picked to take models from. Only what a picked folder lists can be read, and only read. */
export class ModelFolders {
  readonly #env: Environment;
  readonly #folders = new Map<string, ReadonlyMap<string, Listed>>();
  #isPicking = false;
  #kept: { readonly listed: Listed; readonly bytes: Promise<Uint8Array> } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** Null if the user thought better of it. @throws MasksmithError `state` if Photoshop is asking already. */
  async pick(): Promise<PickedFolder | null> {
    if (this.#isPicking) throw new MasksmithError("state", "A folder is being asked for already");
    this.#isPicking = true;
    try {
      const picked = await this.#env.uxp.storage.localFileSystem.getFolder();
      if (!picked) return null;
      const listed = new Map<string, Listed>();
      for (const entry of await picked.getEntries()) {
        if (!entry.isFile || !isFileName(entry.name) || entry.name.length > 255) continue;
        if (listed.size >= MOST_MODEL_FILES) {
          throw new MasksmithError("model", `The folder has more than ${MOST_MODEL_FILES} files: choose a model's`);
        }
        listed.set(entry.name, { file: entry as typeof entry & UxpFile, bytes: (await entry.getMetadata()).size });
      }
      return { folder: this.#remember(listed), files: [...listed].map(([name, { bytes }]) => ({ name, bytes })) };
    } finally {
      this.#isPicking = false;
    }
  }

  /** A part of a listed file. @throws MasksmithError `model` if it is not listed, too large, or no longer as listed. */
  async read({ folder, name, from, length }: AskParams["readModelFile"]): Promise<Uint8Array> {
    const files = this.#folders.get(folder);
    if (!files) throw new MasksmithError("model", "The model's folder is not open any more: choose it again");
    const listed = files.get(name);
    if (!listed) throw new MasksmithError("model", `The model's folder has no ${name}`);
    if (listed.bytes > MOST_MODEL_BYTES) {
      throw new MasksmithError("model", `${name} has ${listed.bytes} bytes; in Photoshop ${MOST_MODEL_BYTES} at most`);
    }
    const bytes = await this.#whole(listed);
    if (bytes.length !== listed.bytes)
      throw new MasksmithError("model", `${name} has changed: choose its folder again`);
    this.#rest(from + length >= bytes.length);
    return bytes.slice(from, from + length);
  }

  #remember(listed: ReadonlyMap<string, Listed>): string {
    const id = newNonce();
    this.#folders.set(id, listed);
    for (const oldest of this.#folders.keys()) if (this.#folders.size > MOST_FOLDERS) this.#folders.delete(oldest);
    return id;
  }

  #whole(listed: Listed): Promise<Uint8Array> {
    if (this.#kept?.listed === listed) return this.#kept.bytes;
    const bytes = this.#load(listed.file);
    this.#kept = { listed, bytes };
    bytes.catch(() => this.#rest(true));
    return bytes;
  }

  async #load(file: UxpFile): Promise<Uint8Array> {
    const data = await file.read({ format: this.#env.uxp.storage.formats.binary });
    if (typeof data === "string") throw new MasksmithError("runtime", `${file.name} came as text`);
    return new Uint8Array(data);
  }

  /** Lets go of the file that was read, at once or if nobody asks for more of it. */
  #rest(now: boolean): void {
    clearTimeout(this.#timer);
    const free = () => {
      this.#kept = null;
    };
    if (now) free();
    else this.#timer = setTimeout(free, KEPT_MS);
  }
}
