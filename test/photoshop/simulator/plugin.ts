import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import type { Simulator } from "./simulator.js";
import { SimElement, SimWebview } from "./webview.js";

const DIST = new URL("../../../plugin/dist/", import.meta.url);

interface Panel {
  create(root: SimElement): unknown;
  show?(root: SimElement): unknown;
  destroy?(root: SimElement): unknown;
  invokeMenu?(id: string): unknown;
  readonly menuItems?: readonly unknown[];
}

/** What the plugin registered. */
export interface Entries {
  readonly panels: Readonly<Record<string, Panel>>;
  readonly commands: Readonly<Record<string, () => unknown>>;
}

/**
 * The built plugin in a realm with what UXP has and no more: no workers, no pixels, no text codecs, no code from text,
 * and a WebAssembly that never becomes ready.
 */
export class LoadedPlugin {
  readonly entries: Entries;
  readonly files: Map<string, unknown>;
  readonly saved: { readonly name: string; readonly data: unknown }[] = [];
  readonly root = new SimElement("uxp-panel");
  /** What the user answers in the next save dialog. */
  cancelsDialogs = false;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #window = new SimElement("window");
  readonly #simulator: Simulator;
  #themeListener: ((theme: string) => void) | null = null;
  #entries: Entries | null = null;
  #webview: SimWebview | null = null;
  theme = "darkest";

  /** @param files of plugin-data:/, kept from one load to the next. */
  constructor(simulator: Simulator, files = new Map<string, unknown>()) {
    this.#simulator = simulator;
    this.files = files;
    const started = performance.now();
    const script = readFileSync(new URL("index.js", DIST), "utf8");
    const context = createContext(this.#globals(), { codeGeneration: { strings: false, wasm: true } });
    runInContext(ABSENT, context);
    runInContext(script, context, { filename: "index.js" });
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
    const started = performance.now();
    this.panel.create(this.root);
    this.panel.show?.(this.root);
    if (performance.now() - started > 300) throw new Error("The panel's handler took more than 300 ms");
    return this.webview;
  }

  setTheme(theme: string): void {
    this.theme = theme;
    this.#themeListener?.(theme);
  }

  unload(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#webview?.kill();
  }

  #globals(): Record<string, unknown> {
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
      require: (name: string) => this.#module(name),
      fetch: () => Promise.reject(new Error("Permission denied to the url: manifest has no network entry")),
      setTimeout: (work: () => void, ms?: number) => this.#timer(setTimeout(work, hurried(ms))),
      setInterval: (work: () => void, ms?: number) => this.#timer(setInterval(work, hurried(ms))),
      clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
      clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
    };
    globals.window = this.#window;
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
          (event) => this.#window.dispatch("message", event),
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
    throw new Error(`Module not found: ${name}`);
  }

  #uxp(): unknown {
    return {
      entrypoints: { setup: (entries: Entries) => this.#setup(entries) },
      versions: { uxp: "8.0.1", plugin: "0.1.0" },
      host: { name: "Photoshop", version: this.#simulator.variants.version },
      pluginManager: {
        plugins: [{ id: "org.masksmith.photoshop", showPanel: async () => this.#webview ?? this.show() }],
      },
      storage: {
        formats: { binary: "binary", utf8: "utf8" },
        localFileSystem: {
          getDataFolder: async () => ({
            getEntry: async (name: string) => this.#entry(name, true),
            createFile: async (name: string) => this.#entry(name, false),
          }),
          getFileForSaving: async (name: string) => {
            if (this.cancelsDialogs) return null;
            return { name, write: async (data: unknown) => void this.saved.push({ name, data }) };
          },
        },
      },
    };
  }

  #entry(name: string, mustExist: boolean): unknown {
    if (mustExist && !this.files.has(name)) throw new Error(`Could not find an entry of "${name}"`);
    return {
      name,
      read: async () => this.files.get(name),
      write: async (data: unknown) => void this.files.set(name, data),
    };
  }

  #setup(entries: Entries): void {
    if (this.#entries) throw new Error("entrypoints.setup was called twice");
    const manifest = JSON.parse(readFileSync(new URL("manifest.json", DIST), "utf8")) as {
      entrypoints: { type: string; id: string }[];
    };
    const known = new Set(manifest.entrypoints.map(({ type, id }) => `${type} ${id}`));
    const given = [
      ...Object.keys(entries.panels).map((id) => `panel ${id}`),
      ...Object.keys(entries.commands).map((id) => `command ${id}`),
    ];
    for (const one of given) if (!known.has(one)) throw new Error(`${one} is not in the manifest`);
    for (const one of known) if (!given.includes(one)) throw new Error(`${one} has no handler`);
    this.#entries = entries;
  }
}

/** The plugin's long waits, shortened: seconds of patience are none of the tests'. */
function hurried(ms = 0): number {
  return ms < 1_000 ? ms : ms / 20;
}

/** Standard JavaScript that UXP's engine lacks or leaves useless. */
const ABSENT = `
  delete globalThis.SharedArrayBuffer;
  delete globalThis.Atomics;
  Object.defineProperty(globalThis, "WebAssembly", { value: { instantiate: () => new Promise(() => {}) } });
`;
