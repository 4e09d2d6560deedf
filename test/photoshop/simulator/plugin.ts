import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { builtPlugin } from "../builtPlugin.js";
import type { Entries, MenuItem, Panel } from "./entries.js";
import { PickedFiles } from "./pickedFiles.js";
import { ABSENT, hurried } from "./realm.js";
import type { Simulator } from "./simulator.js";
import { SimElement, SimWebview } from "./webview.js";

const DIST = new URL("../../../plugin/dist/", import.meta.url);

const SCRIPT = new URL("index.js", DIST);
const HANDLER_MS = 300;

await builtPlugin();

interface Manifest {
  readonly entrypoints: readonly { readonly type: string; readonly id: string }[];
  readonly requiredPermissions: { readonly localFileSystem?: string };
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL("manifest.json", DIST), "utf8")) as Manifest;
}

/**
 * The built plugin in a realm with what UXP has and no more: no workers, no pixels, no text codecs, no code from text,
 * and a WebAssembly that never becomes ready.
 */
export class LoadedPlugin {
  readonly entries: Entries;
  readonly files: Map<string, unknown>;
  /** Addresses the plugin asked for; there must be none. */
  readonly requests: string[] = [];
  /** What a real host would punish without a word: handlers that took more than 300 ms. */
  readonly violations: string[] = [];
  readonly saved: { readonly name: string; readonly data: unknown }[] = [];
  readonly root = new SimElement("uxp-panel");
  /** What the user answers in the next save dialog. */
  cancelsDialogs = false;
  /** Folders that the user picks, and what the plugin does with them. */
  readonly picked: PickedFiles;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly window = new SimElement("window");
  readonly #simulator: Simulator;
  #themeListener: ((theme: string) => void) | null = null;
  #entries: Entries | null = null;
  #isStarting = true;
  #webview: SimWebview | null = null;
  readonly #menu = new Map<string, MenuItem>();
  theme = "darkest";

  /**
   * @param files of plugin-data:/, kept from one load to the next.
   * @param script another plugin, to try the realm itself.
   */
  constructor(simulator: Simulator, files = new Map<string, unknown>(), script = readFileSync(SCRIPT, "utf8")) {
    this.#simulator = simulator;
    this.picked = new PickedFiles(simulator.tokens);
    this.files = files;
    const started = performance.now();
    const context = createContext(this.#globals(), { codeGeneration: { strings: false, wasm: true } });
    runInContext(ABSENT, context);
    runInContext(script, context, { filename: "index.js" });
    this.#isStarting = false;
    if (!this.#entries) throw new Error("entrypoints.setup was not called while the script ran");
    this.entries = this.#entries;
    this.setupMs = performance.now() - started;
  }

  readonly setupMs: number;

  get webview(): SimWebview {
    if (!this.#webview) throw new Error("The plugin made no webview");
    return this.#webview;
  }

  get panel(): Panel {
    return this.entries.panels.masksmithPanel;
  }

  /** The words shown in place of a page that is missing. */
  get words(): string {
    return this.root.children.map(({ textContent }) => textContent ?? "").join("");
  }

  /** Photoshop shows the panel; its handlers have 300 ms. */
  show(): SimWebview {
    this.handle("create", () => this.panel.create(this.root));
    this.handle("show", () => this.panel.show?.(this.root));
    return this.webview;
  }

  /** Runs one of the plugin's handlers as Photoshop does: it has 300 ms to return and, if it promises, to settle. */
  handle(name: string, work: () => unknown): void {
    const started = performance.now();
    const result = work();
    const late = () => void this.violations.push(`${name} took too long`);
    if (performance.now() - started > HANDLER_MS) late();
    if (!(typeof result === "object" && result !== null && "then" in result)) return;
    const timer = setTimeout(late, HANDLER_MS);
    void Promise.resolve(result).finally(() => clearTimeout(timer));
  }

  /** A command from the menu or an action. */
  command(id: string): void {
    this.handle(id, () => this.entries.commands[id]());
  }

  setTheme(theme: string): void {
    this.theme = theme;
    this.#themeListener?.(theme);
  }

  unload(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#webview?.kill();
  }

  #refuseNetwork(url: unknown): Promise<never> {
    this.requests.push(String(url));
    return Promise.reject(new Error("Permission denied to the url: manifest has no network entry"));
  }

  #globals(): Record<string, unknown> {
    const { requests } = this;
    const globals: Record<string, unknown> = {
      console,
      AbortController,
      AbortSignal,
      performance: { now: () => performance.now() },
      crypto: {
        getRandomValues: (bytes: Uint8Array) => webcrypto.getRandomValues(bytes),
        randomUUID: () => webcrypto.randomUUID(),
      },
      devicePixelRatio: 1,
      document: this.#document(),
      // The tests' clock, which may be one of their own.
      Date,
      require: (name: string) => this.#module(name),
      fetch: (url: unknown) => this.#refuseNetwork(url),
      XMLHttpRequest: class {
        constructor() {
          requests.push("XMLHttpRequest");
          throw new Error("Permission denied");
        }
      },
      WebSocket: class {
        constructor(url: unknown) {
          requests.push(String(url));
          throw new Error("Permission denied");
        }
      },
      setTimeout: (work: () => void, ms?: number) => this.#timer(setTimeout(work, hurried(ms))),
      setInterval: (work: () => void, ms?: number) => this.#timer(setInterval(work, hurried(ms))),
      clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
      clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
    };
    globals.window = this.window;
    globals.globalThis = undefined;
    delete globals.globalThis;
    return globals;
  }

  #timer(timer: NodeJS.Timeout): NodeJS.Timeout {
    this.#timers.add(timer);
    return timer;
  }

  #document(): unknown {
    return {
      createElement: (name: string) => {
        if (name !== "webview") return new SimElement(name);
        if (this.#webview) throw new Error("One webview a plugin");
        this.#webview = new SimWebview(
          this.#simulator.variants.bridge,
          (event) => this.window.dispatch("message", event),
          () => this.#simulator.inScope,
        );
        return this.#webview;
      },
      theme: {
        getCurrent: () => this.theme,
        onUpdated: {
          addListener: (listener: (theme: string) => void) => {
            this.#themeListener = listener;
          },
        },
      },
    };
  }

  #module(name: string): unknown {
    if (name === "photoshop") return this.#simulator.photoshop;
    if (name === "uxp") return this.#uxp();
    if (name === "fs") return this.picked.fs();
    throw new Error(`Module not found: ${name}`);
  }

  #uxp(): unknown {
    const permission = manifest().requiredPermissions.localFileSystem ?? "plugin";
    const mayPick = () => {
      if (!/^(request|fullAccess)$/.test(permission)) throw new Error("Permission denied: localFileSystem");
    };
    return {
      entrypoints: {
        setup: (entries: Entries) => this.#setup(entries),
        getPanel: (id: string) => ({ menuItems: { getItem: (item: string) => this.#menuItem(id, item) } }),
      },
      versions: { uxp: "8.0.1", plugin: "0.1.0" },
      host: { name: "Photoshop", version: this.#simulator.variants.version },
      pluginManager: {
        plugins: [{ id: "org.masksmith.photoshop", showPanel: () => this.#showPanel() }],
      },
      storage: {
        formats: { binary: "binary", utf8: "utf8" },
        localFileSystem: {
          getDataFolder: async () => this.#folder(this.files),
          getTemporaryFolder: async () => this.#folder(this.picked.temporary),
          getPluginFolder: async () => this.#folder(null),
          getFolder: async () => {
            mayPick();
            return this.cancelsDialogs ? null : this.picked.folder();
          },
          createPersistentToken: async (entry: unknown) => this.picked.token(entry),
          getEntryForPersistentToken: async (token: unknown) => this.picked.entryOf(token),
          getFileForSaving: async (name: string) => {
            mayPick();
            if (this.cancelsDialogs) return null;
            return { name, write: async (data: unknown) => void this.saved.push({ name, data }) };
          },
        },
      },
    };
  }

  /** @param files null: the package, which can only be read. */
  #folder(files: Map<string, unknown> | null): unknown {
    const entry = (name: string) => ({
      name,
      read: async () => (files ? files.get(name) : readFileSync(new URL(name, DIST), "utf8")),
      write: async (data: unknown) => {
        if (!files) throw new Error("Permission denied: the plugin folder is read-only");
        files.set(name, data);
      },
    });
    return {
      files,
      getEntry: async (name: string) => {
        if (files && !files.has(name)) throw new Error(`Could not find an entry of "${name}"`);
        return entry(name);
      },
      createFile: async (name: string) => {
        if (!files) throw new Error("Permission denied: the plugin folder is read-only");
        return entry(name);
      },
    };
  }

  async #showPanel(): Promise<unknown> {
    const { showPanel } = this.#simulator.variants;
    if (showPanel === "refused") throw new Error("showPanel is not allowed by the host");
    if (showPanel === "words") return "Not allowed";
    return void (this.#webview ?? this.show());
  }

  /** Items of the panel's menu that have a check mark. */
  get checked(): readonly string[] {
    return [...this.#menu.values()].filter(({ checked }) => checked).map(({ id }) => id);
  }

  #menuItem(panel: string, id: string): MenuItem | undefined {
    if (!this.#entries?.panels[panel]) throw new Error(`There is no panel ${panel}`);
    return this.#menu.get(id);
  }

  #setup(entries: Entries): void {
    if (this.#entries) throw new Error("entrypoints.setup was called twice");
    if (!this.#isStarting) throw new Error("entrypoints.setup came too late");
    const known = new Set(manifest().entrypoints.map(({ type, id }) => `${type} ${id}`));
    const given = [
      ...Object.keys(entries.panels).map((id) => `panel ${id}`),
      ...Object.keys(entries.commands).map((id) => `command ${id}`),
    ];
    for (const one of given) if (!known.has(one)) throw new Error(`${one} is not in the manifest`);
    for (const one of known) if (!given.includes(one)) throw new Error(`${one} has no handler`);
    this.#entries = entries;
    for (const item of Object.values(entries.panels).flatMap(({ menuItems }) => menuItems ?? [])) {
      if (typeof item === "string") continue;
      const { id, checked = false } = item as Partial<MenuItem>;
      if (!id || this.#menu.has(id)) throw new Error(`Menu item “${id}” has no id of its own`);
      this.#menu.set(id, { id, checked });
    }
  }
}
