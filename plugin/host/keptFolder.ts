import { MasksmithError, messageOf } from "@masksmith/core";
import type { Environment } from "./environment.js";
import type { UxpFolder } from "./photoshop.js";
import type { Settings } from "./settings.js";

const KEY = "model folder";
/** A model that ends the page while it starts would do so each time: it is forgotten after as many starts. */
const MOST_STARTS = 3;

interface Kept {
  readonly token: string;
  /** Begun and not heard to have ended. */
  readonly starts: number;
}

/** The folder of the user's own model from one start to the next: Photoshop's token for it, in the plugin's settings. */
export class KeptFolder {
  readonly #env: Environment;
  readonly #settings: Settings;
  /** Of the folder that was opened by its token. */
  #opened: { readonly folder: UxpFolder; readonly token: string } | null = null;
  /** What is kept last stands, whichever token comes first. */
  #turn = 0;

  constructor(env: Environment, settings: Settings) {
    this.#env = env;
    this.#settings = settings;
  }

  /** Null: none any more. */
  async keep(folder: UxpFolder | null): Promise<void> {
    const turn = ++this.#turn;
    const token = folder && (await this.#tokenOf(folder));
    if (turn === this.#turn) await this.#write(token === null ? null : { token, starts: 0 });
  }

  /**
   * What `list` finds in the kept folder; null if none is kept. A token says nothing of whether the folder is still there:
   * that shows when it is listed.
   * @throws MasksmithError `model` if it cannot be had any more; it is forgotten then.
   */
  async open<T>(list: (folder: UxpFolder) => Promise<T>): Promise<T | null> {
    const turn = this.#turn;
    const kept = await this.#read();
    if (!kept) return null;
    const { token, starts } = kept;
    try {
      if (starts >= MOST_STARTS) throw new Error(`it did not open in ${MOST_STARTS} starts`);
      await this.#write({ token, starts: starts + 1 });
      const folder = await this.#env.uxp.storage.localFileSystem.getEntryForPersistentToken(token);
      if (!folder.isFolder) throw new Error("it is not a folder");
      const listed = await list(folder);
      this.#opened = { folder, token };
      return listed;
    } catch (cause) {
      if (turn === this.#turn) await this.#write(null);
      const reason = messageOf(cause);
      throw new MasksmithError("model", `The folder of your own model can no longer be opened: ${reason}`, { cause });
    }
  }

  async #tokenOf(folder: UxpFolder): Promise<string> {
    if (this.#opened?.folder === folder) return this.#opened.token;
    return this.#env.uxp.storage.localFileSystem.createPersistentToken(folder);
  }

  async #read(): Promise<Kept | null> {
    const { token, starts } = ((await this.#settings.read(KEY)) ?? {}) as Partial<Record<keyof Kept, unknown>>;
    return typeof token === "string" ? { token, starts: typeof starts === "number" ? starts : 0 } : null;
  }

  #write(kept: Kept | null): Promise<void> {
    return this.#settings.write(KEY, kept);
  }
}
