import { MasksmithError, throwIfAborted } from "@masksmith/core";
import {
  type AskParams,
  checkModelFileSize,
  MODEL_FILE_NAME,
  MOST_MODEL_FILES,
  newNonce,
  type PickedFolder,
} from "../bridge/index.js";
import type { Environment } from "./environment.js";
import { KeptFolder } from "./keptFolder.js";
import { type ListedFile, type OpenFile, openFile } from "./modelFile.js";
import type { UxpFolder } from "./photoshop.js";
import type { Settings } from "./settings.js";

/** A page that died asks for no more of a file: it is closed this long after the last part. */
const OPEN_MS = 20_000;
/** Folders whose files may still be asked for; with another one the oldest is forgotten. */
const MOST_FOLDERS = 8;

interface Folder {
  readonly entry: UxpFolder;
  readonly files: ReadonlyMap<string, ListedFile>;
}

/** Folders that the user picked to take models from. Only what a picked folder lists can be read, and only read. */
export class ModelFolders {
  readonly #env: Environment;
  readonly #kept: KeptFolder;
  readonly #folders = new Map<string, Folder>();
  #isPicking = false;
  /** One at a time: what is not open takes neither memory nor room. */
  #open: { readonly listed: ListedFile; readonly file: OpenFile } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(env: Environment, settings: Settings) {
    this.#env = env;
    this.#kept = new KeptFolder(env, settings);
  }

  /** Null if the user thought better of it. @throws MasksmithError `state` if Photoshop is asking already. */
  async pick(): Promise<PickedFolder | null> {
    if (this.#isPicking) throw new MasksmithError("state", "A folder picker is already open");
    this.#isPicking = true;
    try {
      const picked = await this.#env.uxp.storage.localFileSystem.getFolder();
      return picked ? await this.#list(picked) : null;
    } finally {
      this.#isPicking = false;
    }
  }

  /** Keeps a folder for the next starts; null: none. @throws MasksmithError `model` if it is not open any more. */
  async keep(folder: string | null): Promise<void> {
    await this.#kept.keep(folder === null ? null : this.#find(folder).entry);
  }

  /** The folder that is kept, or null. @throws MasksmithError `model` if it cannot be had any more. */
  kept(): Promise<PickedFolder | null> {
    return this.#kept.open((folder) => this.#list(folder));
  }

  async #list(folder: UxpFolder): Promise<PickedFolder> {
    const files = new Map<string, ListedFile>();
    for (const entry of await folder.getEntries()) {
      if (!entry.isFile || !MODEL_FILE_NAME.test(entry.name)) continue;
      if (files.size >= MOST_MODEL_FILES) {
        throw new MasksmithError("model", `The folder has more than ${MOST_MODEL_FILES} files: choose a model's own`);
      }
      files.set(entry.name, { entry, bytes: (await entry.getMetadata()).size });
    }
    const id = this.#remember({ entry: folder, files });
    return { folder: id, files: [...files].map(([name, { bytes }]) => ({ name, bytes })) };
  }

  /** A part of a listed file. @throws MasksmithError `model` if it is not listed, too large, or no longer as listed. */
  read(part: AskParams["readModelFile"], signal: AbortSignal): Promise<Uint8Array> {
    return this.#inTurn(() => this.#read(part, signal));
  }

  async #read({ folder, name, from, length }: AskParams["readModelFile"], signal: AbortSignal): Promise<Uint8Array> {
    throwIfAborted(signal);
    const listed = this.#listed(folder, name);
    clearTimeout(this.#timer);
    const file = await this.#opened(listed);
    try {
      throwIfAborted(signal);
      const part = await file.read(from, length);
      const end = Math.min(from + length, listed.bytes);
      if (from + part.length < end) throw new MasksmithError("model", `${name} has changed: choose its folder again`);
      await this.#rest(end === listed.bytes);
      return part;
    } catch (error) {
      await this.#rest(true);
      throw error;
    }
  }

  #listed(folder: string, name: string): ListedFile {
    const listed = this.#find(folder).files.get(name);
    if (!listed) throw new MasksmithError("model", `The model's folder has no ${name}`);
    checkModelFileSize(name, listed.bytes);
    return listed;
  }

  #find(id: string): Folder {
    const folder = this.#folders.get(id);
    if (!folder) throw new MasksmithError("model", "The model's folder is no longer open: choose it again");
    return folder;
  }

  #remember(folder: Folder): string {
    const id = newNonce();
    this.#folders.set(id, folder);
    for (const oldest of this.#folders.keys()) if (this.#folders.size > MOST_FOLDERS) this.#folders.delete(oldest);
    return id;
  }

  async #opened(listed: ListedFile): Promise<OpenFile> {
    if (this.#open?.listed === listed) return this.#open.file;
    await this.#close();
    const file = await openFile(this.#env, listed);
    this.#open = { listed, file };
    return file;
  }

  /** Closes the file that is open, at once or if nobody asks for more of it. */
  async #rest(now: boolean): Promise<void> {
    if (now) await this.#close();
    else this.#timer = setTimeout(() => this.#inTurn(() => this.#close()), OPEN_MS);
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    try {
      await open?.file.close();
    } catch {
      // The copy stays where it is: Photoshop clears the temporary folder when the plugin ends.
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}
