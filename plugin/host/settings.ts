import type { Environment } from "./environment.js";

const FILE = "settings.json";
const DELAY_MS = 400;

/**
 * Settings and the user's prompts, in memory and in the plugin's data folder: they outlive the page, and where the folder
 * can be written also Photoshop. Storage that refuses is no error; then they live as long as the plugin.
 */
export class Settings {
  readonly #env: Environment;
  readonly #values = new Map<string, unknown>();
  readonly #loaded: Promise<void>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(env: Environment) {
    this.#env = env;
    this.#loaded = this.#load();
  }

  async read(key: string): Promise<unknown> {
    await this.#loaded;
    return this.#values.get(key) ?? null;
  }

  async write(key: string, value: unknown): Promise<void> {
    await this.#loaded;
    this.#values.set(key, value);
    this.#timer ??= setTimeout(() => void this.#save(), DELAY_MS);
  }

  async #load(): Promise<void> {
    try {
      const folder = await this.#env.uxp.storage.localFileSystem.getDataFolder();
      const text = await (await folder.getEntry(FILE)).read();
      const stored: unknown = JSON.parse(String(text));
      if (typeof stored !== "object" || stored === null) return;
      for (const [key, value] of Object.entries(stored)) this.#values.set(key, value);
    } catch {
      // No file yet, or one that cannot be read: the defaults serve.
    }
  }

  async #save(): Promise<void> {
    this.#timer = undefined;
    try {
      const folder = await this.#env.uxp.storage.localFileSystem.getDataFolder();
      const file = await folder.createFile(FILE, { overwrite: true });
      await file.write(JSON.stringify(Object.fromEntries(this.#values)));
    } catch {
      // Kept in memory; the next change tries again.
    }
  }
}
