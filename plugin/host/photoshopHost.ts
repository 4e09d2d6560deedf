import { MasksmithError, type SoftMask, throwIfAborted } from "@masksmith/core";
import type { FileToSave, HostEvents, Theme } from "@masksmith/panel/host";
import {
  type AskHandlers,
  type AskParams,
  newNonce,
  type PixelsOnWire,
  type WireApply,
  type WireDocument,
} from "../bridge/index.js";
import { applyItems, keepsPixels } from "./apply.js";
import { CANVAS_DEFAULTS, CANVAS_EVENTS, CanvasPrompts, type CanvasSettings } from "./canvasPrompts.js";
import { changesSince, type Sent } from "./changedTiles.js";
import { activeDocument, activeLayer, layerVersion } from "./describe.js";
import type { Environment } from "./environment.js";
import { hasMask } from "./layerMask.js";
import { OwnWork } from "./modal.js";
import { ModelFolders } from "./modelFolders.js";
import type { PsDocument } from "./photoshop.js";
import { readableLayer, readPicture, readSelection } from "./pixels.js";
import { Settings } from "./settings.js";
import { currentTheme } from "./theme.js";
import { DocumentWatcher } from "./watcher.js";

const DOCUMENT_EVENTS = [
  "open",
  "close",
  "newDocument",
  "select",
  "historyStateChanged",
  "make",
  "delete",
  "move",
] as const;
const CANVAS_KEY = "canvas prompts";
/** What the page asks to know whether a document's id is still of the same document (`panel/host.ts`). */
const SESSION_KEY = "session";
/** Moving a selection and some commands tell nothing of themselves. */
const LOOK_MS = 1_000;

type Emit = <K extends keyof HostEvents>(event: K, value: HostEvents[K]) => void;

/** Photoshop behind the bridge: everything the page may ask for, and what it is told. The truth lives here. */
export class PhotoshopHost {
  readonly settings: Settings;
  readonly prompts: CanvasPrompts;
  readonly #env: Environment;
  readonly #emit: Emit;
  /** Photoshop numbers its documents anew when it starts. */
  readonly #session = newNonce();
  readonly #own = new OwnWork();
  readonly #folders: ModelFolders;
  readonly #watcher: DocumentWatcher;
  /** One change at a time: two would fight for Photoshop's one modal scope. */
  #turn: Promise<unknown> = Promise.resolve();
  #activeId: number | null = null;
  #sent: Sent | null = null;

  constructor(env: Environment, emit: Emit) {
    this.#env = env;
    this.#emit = emit;
    this.settings = new Settings(env);
    this.#folders = new ModelFolders(env, this.settings);
    this.#watcher = new DocumentWatcher(env, (document) => this.#documentChanged(document));
    this.prompts = new CanvasPrompts(env, this.#own, emit, (id) => this.#watcher.keepVersion(id));
  }

  /** Follows Photoshop. Where it refuses to tell, looking now and then still works. */
  async start(): Promise<void> {
    this.#watcher.start();
    setInterval(() => this.prompts.look(), LOOK_MS);
    const stored = (await this.settings.read(CANVAS_KEY)) as Partial<CanvasSettings> | null;
    this.prompts.settings = { ...CANVAS_DEFAULTS, ...stored };
    const names = [...new Set<string>([...CANVAS_EVENTS, ...DOCUMENT_EVENTS])];
    const { action } = this.#env.photoshop;
    await action.addNotificationListener(names, (event, descriptor) => this.#heard(event, descriptor ?? {}));
    await this.prompts.remember();
  }

  async setCanvasPrompts(settings: CanvasSettings): Promise<void> {
    this.prompts.settings = settings;
    await this.settings.write(CANVAS_KEY, settings);
    await this.prompts.remember();
  }

  document(): WireDocument | null {
    return this.#watcher.describe();
  }

  /** Each answers a call whose parameters the bridge has checked. */
  handlers(): AskHandlers {
    return {
      start: async () => ({ document: this.document(), theme: this.theme() }),
      readPixels: (params, signal) => this.#readPixels(params, signal),
      selection: () => this.selection(),
      hasMask: ({ documentId }) => this.#hasMask(documentId),
      apply: (request, signal) => this.#inTurn(() => this.apply(request, signal)),
      saveFile: (file) => this.saveFile(file),
      readSetting: async ({ key }) => (key === SESSION_KEY ? this.#session : this.settings.read(`page/${key}`)),
      writeSetting: async ({ key, value }) => {
        await this.settings.write(`page/${key}`, value ?? null);
        return null;
      },
      pickModelFolder: () => this.#folders.pick(),
      keepModelFolder: async ({ folder }) => {
        await this.#folders.keep(folder);
        return null;
      },
      keptModelFolder: () => this.#folders.kept(),
      readModelFile: (params, signal) => this.#folders.read(params, signal),
      echo: async ({ bytes }) => ({ bytes }),
    };
  }

  theme(): Theme {
    return currentTheme(this.#env);
  }

  async selection(): Promise<SoftMask | null> {
    const document = activeDocument(this.#env);
    return document ? readSelection(this.#env, document) : null;
  }

  /** One history step, or no change at all. @throws MasksmithError in words for the user. */
  async apply(request: WireApply, signal?: AbortSignal): Promise<null> {
    throwIfAborted(signal);
    const document = this.#open(request.documentId);
    try {
      await this.#own.during(() => applyItems(this.#env, document, request, signal));
    } finally {
      if (keepsPixels(request.output)) this.#watcher.keepVersion(document.id);
      this.#watcher.hint();
    }
    await this.prompts.remember();
    return null;
  }

  async saveFile({ suggestedName, type, bytes }: FileToSave): Promise<boolean> {
    const { localFileSystem, formats } = this.#env.uxp.storage;
    const extension = /\.([a-z0-9]+)$/i.exec(suggestedName)?.[1] ?? type.split("/").pop() ?? "bin";
    const file = await localFileSystem.getFileForSaving(suggestedName, { types: [extension] });
    if (!file) return false;
    await file.write(Uint8Array.from(bytes).buffer, { format: formats.binary });
    return true;
  }

  async #readPixels(asked: AskParams["readPixels"], signal: AbortSignal): Promise<PixelsOnWire> {
    const { region, maxSide, known } = asked;
    const document = activeDocument(this.#env);
    const state = this.document()?.version;
    if (!document || state === undefined) throw new MasksmithError("state", "No document is open");
    const layer = asked.layer ? readableLayer(document) : null;
    const version = layer ? layerVersion(state, layer) : state;
    const isGone = () => activeDocument(this.#env)?.id !== document.id;
    try {
      const pixels = await readPicture(this.#env, document, { region, maxSide, layer, version }, signal);
      const layerId = layer?.id ?? null;
      if (!isGone())
        return region ? pixels : this.#changed({ documentId: document.id, layerId, maxSide, pixels }, known);
    } catch (error) {
      if (!isGone()) throw error;
    }
    throw new MasksmithError("state", "The document was closed, or another one is active");
  }

  /** Of a whole document's picture, what differs from the one the page says it has. */
  #changed(next: Sent, known: string | null | undefined): PixelsOnWire {
    const before = this.#sent;
    this.#sent = next;
    const keys = ["documentId", "layerId", "maxSide"] as const;
    return before && keys.every((key) => before[key] === next[key]) && before.pixels.version === known
      ? changesSince(before.pixels, next.pixels)
      : next.pixels;
  }

  async #hasMask(documentId: string): Promise<boolean> {
    const document = this.#open(documentId);
    const layer = activeLayer(document);
    return layer !== null && !layer.isBackgroundLayer && hasMask(this.#env, document, layer.id);
  }

  #open(documentId: string): PsDocument {
    const document = activeDocument(this.#env);
    if (!document) throw new MasksmithError("state", "The document was closed; nothing changed");
    if (String(document.id) === documentId) return document;
    throw new MasksmithError("state", "A different document is active; nothing changed");
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #documentChanged(document: WireDocument | null): void {
    this.#emit("document", document);
    const id = activeDocument(this.#env)?.id ?? null;
    if (id === this.#activeId) return;
    this.#activeId = id;
    void this.prompts.remember();
  }

  #heard(event: string, descriptor: Readonly<Record<string, unknown>>): void {
    const isCanvas = (CANVAS_EVENTS as readonly string[]).includes(event);
    const onlySelection = isCanvas && this.prompts.heard(event, descriptor);
    if (!onlySelection) this.prompts.changed();
    const document = activeDocument(this.#env);
    if (onlySelection && document) this.#watcher.keepVersionIfSelected(document.id);
    this.#watcher.hint();
  }
}
