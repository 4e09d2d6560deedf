import { type Box, invalid, isEmptyRect, MasksmithError, type Rect, type SoftMask } from "@masksmith/core";
import type {
  ApplyRequest,
  FileToSave,
  Host,
  HostDocument,
  HostEvents,
  HostFolder,
  HostPixels,
  Theme,
} from "@masksmith/panel/host";
import type { DocumentCanvas } from "@masksmith/panel/viewport";
import type { Decontaminate, PictureDocument } from "../document/index.js";
import { download } from "./download.js";
import { PageStore } from "./pageStore.js";
import { Settings } from "./settings.js";

type Listener<K extends keyof HostEvents> = (value: HostEvents[K]) => void;

const THEMES: readonly Theme[] = ["darkest", "dark", "light", "lightest"];

/** The panel's host over a document in the page's memory. */
export class BrowserHost implements Host {
  readonly name = "browser";
  readonly canvas: DocumentCanvas;
  readonly decontaminate = true;
  readonly store = new PageStore();
  /** Set by the page: what the panel computes own colours with. */
  recolour?: Decontaminate;
  /** Set by the page that can write Photoshop files. */
  psd?: NonNullable<Host["psd"]>;
  /** Set by the page that can open pictures one after the other. */
  folder?: HostFolder;
  readonly #settings = new Settings();
  readonly #listeners = new Map<keyof HostEvents, Set<Listener<never>>>();
  #document: PictureDocument | null = null;
  #theme: Theme;

  constructor(canvas: DocumentCanvas) {
    this.canvas = canvas;
    const stored = this.#settings.read("theme");
    const system = globalThis.matchMedia?.("(prefers-color-scheme: light)").matches ? "light" : "dark";
    this.#theme = THEMES.find((theme) => theme === stored) ?? system;
  }

  get current(): PictureDocument | null {
    return this.#document;
  }

  /** Shows another document to the panel, or none; the former one is closed. */
  setDocument(document: PictureDocument | null): void {
    this.#document?.close();
    this.#document = document;
    document?.onChange(() => this.#emit("document", document.description));
    this.#emit("document", document?.description ?? null);
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#settings.write("theme", theme);
    this.#emit("theme", theme);
  }

  async document(): Promise<HostDocument | null> {
    return this.#document?.description ?? null;
  }

  async readPixels(region: Box<"document"> | null, maxSide: number, signal?: AbortSignal): Promise<HostPixels> {
    if (!(maxSide >= 1)) throw invalid("maxSide", "a number of at least 1", maxSide);
    const document = this.#open();
    const pixels = await document.readPixels(region && wholePixels(region, document), maxSide, signal);
    if (this.#document !== document) throw new MasksmithError("state", "The document was closed");
    return pixels;
  }

  async selection(): Promise<SoftMask | null> {
    return this.#document?.state.selection ?? null;
  }

  async apply(request: ApplyRequest, signal?: AbortSignal, progress?: (fraction: number) => void): Promise<void> {
    await this.asked(request).apply(request, signal, this.recolour, progress);
  }

  /** The document that a request is for. @throws MasksmithError `state` if another or none is open. */
  asked({ documentId }: ApplyRequest): PictureDocument {
    const document = this.#open();
    if (documentId === document.id) return document;
    throw new MasksmithError("state", "A different document is open; nothing changed");
  }

  async saveFile({ suggestedName, type, bytes }: FileToSave): Promise<boolean> {
    download(bytes, suggestedName, type);
    return true;
  }

  theme(): Theme {
    return this.#theme;
  }

  async readSetting(key: string): Promise<unknown> {
    return this.#settings.read(key);
  }

  async writeSetting(key: string, value: unknown): Promise<void> {
    this.#settings.write(key, value);
  }

  on<K extends keyof HostEvents>(event: K, listener: Listener<K>): () => void {
    const listeners = (this.#listeners.get(event) ?? new Set()) as Set<Listener<K>>;
    this.#listeners.set(event, listeners as Set<Listener<never>>);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  #open(): PictureDocument {
    if (this.#document) return this.#document;
    throw new MasksmithError("state", "No document is open: open a picture first");
  }

  #emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const listener of (this.#listeners.get(event) ?? []) as Iterable<Listener<K>>) listener(value);
  }
}

/** The whole pixels that a region touches, cut to the document. @throws MasksmithError `input` if there are none. */
function wholePixels({ x0, y0, x1, y1 }: Box<"document">, { state }: PictureDocument): Rect {
  const x = Math.max(Math.floor(x0), 0);
  const y = Math.max(Math.floor(y0), 0);
  const width = Math.min(Math.ceil(x1), state.width) - x;
  const height = Math.min(Math.ceil(y1), state.height) - y;
  if (isEmptyRect({ x, y, width, height })) throw invalid("region", "a part of the document", [x0, y0, x1, y1]);
  return { x, y, width, height };
}
