import { type Box, MasksmithError, type SoftMask } from "@masksmith/core";
import {
  type ApplyItem,
  type ApplyRequest,
  type FileToSave,
  type Host,
  type HostDocument,
  type HostEvents,
  type HostPixels,
  isSameCanvas,
  type ModelFolder,
  type SelectionMode,
  type Theme,
} from "@masksmith/panel/host";
import {
  type PageEnd,
  type PixelsOnWire,
  packMask,
  patched,
  readAnswer,
  readHostEvent,
  type WireDocument,
  type WireItem,
} from "../bridge/index.js";
import { fitted, wholeRegion } from "./fit.js";
import { BridgeFolder } from "./pickedFolder.js";

type Listener<K extends keyof HostEvents> = (value: HostEvents[K]) => void;

/** Photoshop as the panel's host, over the bridge. Keeps no truth: a page that starts over asks anew. */
export class BridgeHost implements Host {
  readonly name = "photoshop";
  readonly confirmsSaves = true;
  readonly #end: PageEnd;
  readonly #listeners = new Map<keyof HostEvents, Set<Listener<never>>>();
  #theme: Theme = "dark";
  #told: WireDocument | null = null;
  /** Pictures are of the active layer alone. */
  #ofLayer = false;
  /** The whole picture is read for the model and for the view: once. */
  #whole: { readonly key: string; readonly pixels: Promise<HostPixels> } | null = null;

  /** The whole document as it came last, to which only changes are added. */
  #raw: { readonly key: string; readonly pixels: PixelsOnWire } | null = null;

  readonly #askMode: (layer: string, signal: AbortSignal | undefined) => Promise<SelectionMode | null>;

  /** @param askMode asks the user what is to become of the mask a layer has; null: nothing is to happen. */
  constructor(end: PageEnd, askMode: (layer: string, signal?: AbortSignal) => Promise<SelectionMode | null>) {
    this.#end = end;
    this.#askMode = askMode;
  }

  /** Asks how things stand and tells the panel: something may have been missed. */
  async refresh(): Promise<void> {
    const before = JSON.stringify(this.#document);
    const document = await this.document().catch(() => this.#document);
    if (JSON.stringify(document) !== before) this.#emit("document", document);
  }

  sampleLayer(alone: boolean): void {
    if (alone === this.#ofLayer) return;
    this.#ofLayer = alone;
    if (this.#told) this.#emit("document", this.#document);
  }

  /** The document as the panel sees it, whose version is that of the picture it reads. */
  get #document(): HostDocument | null {
    if (!this.#told) return null;
    const { layerVersion, ...document } = this.#told;
    return this.#ofLayer ? { ...document, version: layerVersion } : document;
  }

  async document(): Promise<HostDocument | null> {
    const { document, theme } = readAnswer.start(await this.#end.call("start", {}));
    this.#told = document;
    if (theme !== this.#theme) this.#emit("theme", theme);
    this.#theme = theme;
    return this.#document;
  }

  async readPixels(region: Box<"document"> | null, maxSide: number, signal?: AbortSignal): Promise<HostPixels> {
    const document = this.#document;
    if (!document) throw new MasksmithError("state", "No document is open");
    const wanted = wholeRegion(region, document);
    if (region) return fitted(await this.#read(document, wanted, maxSide, null, signal), wanted, maxSide);
    const key = `${document.id} ${document.version} ${maxSide}`;
    if (this.#whole?.key !== key) {
      const pixels = this.#readWhole(document, maxSide).then((raw) => fitted(raw, wanted, maxSide));
      this.#whole = { key, pixels };
      pixels.catch(() => {
        if (this.#whole?.pixels === pixels) this.#whole = null;
      });
    }
    return this.#whole.pixels;
  }

  async selection(): Promise<SoftMask | null> {
    return readAnswer.selection(await this.#end.call("selection", {}));
  }

  async apply(request: ApplyRequest, signal?: AbortSignal): Promise<void> {
    const output = await this.#decided(request, signal);
    const items = request.items.map(onWire);
    await this.#end.call("apply", { ...request, output, items }, { signal, untilAnswered: true });
  }

  /** A mask that is there is not discarded without asking. */
  async #decided({ documentId, output }: ApplyRequest, signal: AbortSignal | undefined) {
    if (output.kind !== "layer-mask" || output.mode !== "replace") return output;
    if ((await this.#end.call("hasMask", { documentId }, { signal })) !== true) return output;
    const mode = await this.#askMode(this.#document?.activeLayer ?? "The layer", signal);
    if (mode) return { ...output, mode };
    throw new MasksmithError("aborted", "The mask was kept");
  }

  async saveFile({ suggestedName, type, bytes }: FileToSave): Promise<boolean> {
    return (await this.#end.call("saveFile", { suggestedName, type, bytes }, { untilAnswered: true })) === true;
  }

  async pickModelFolder(): Promise<ModelFolder | undefined> {
    const picked = readAnswer.pickModelFolder(await this.#end.call("pickModelFolder", {}, { untilAnswered: true }));
    return picked ? new BridgeFolder(this.#end, picked) : undefined;
  }

  async keepModelFolder(folder: ModelFolder | null): Promise<void> {
    if (folder && !(folder instanceof BridgeFolder)) throw new MasksmithError("input", "Not a folder of Photoshop's");
    await this.#end.call("keepModelFolder", { folder: folder?.folder ?? null });
  }

  async keptModelFolder(): Promise<ModelFolder | undefined> {
    const kept = readAnswer.keptModelFolder(await this.#end.call("keptModelFolder", {}));
    return kept ? new BridgeFolder(this.#end, kept) : undefined;
  }

  theme(): Theme {
    return this.#theme;
  }

  async readSetting(key: string): Promise<unknown> {
    return this.#end.call("readSetting", { key }).catch(() => null);
  }

  async writeSetting(key: string, value: unknown): Promise<void> {
    await this.#end.call("writeSetting", { key, value }).catch(() => undefined);
  }

  on<K extends keyof HostEvents>(event: K, listener: Listener<K>): () => void {
    const listeners = (this.#listeners.get(event) ?? new Set()) as Set<Listener<K>>;
    this.#listeners.set(event, listeners as Set<Listener<never>>);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** What Photoshop's side tells by itself; what is not as agreed is ignored. */
  heard(name: string, value: unknown): void {
    const event = readHostEvent(name, value);
    if (!event) return;
    if (event.name === "theme") this.#theme = event.value as Theme;
    if (event.name !== "document") this.#emit(event.name, event.value as never);
    else {
      this.#told = event.value as WireDocument | null;
      this.#emit("document", this.#document);
    }
  }

  /** Megabytes a second there and back, for the self-test. */
  async measure(): Promise<number> {
    const bytes = new Uint8Array(4 << 20);
    const started = performance.now();
    const { bytes: back } = readAnswer.echo(await this.#end.call("echo", { bytes }));
    const seconds = (performance.now() - started) / 1000;
    return (bytes.length + back.length) / 1e6 / seconds;
  }

  async #readWhole(document: HostDocument, maxSide: number): Promise<PixelsOnWire> {
    const key = `${document.id} ${maxSide}`;
    const known = this.#raw?.key === key ? this.#raw.pixels : null;
    const answer = await this.#read(document, null, maxSide, known?.version ?? null, undefined);
    if (answer.tiles && !known)
      throw new MasksmithError("runtime", "The picture's changes arrived without the picture they apply to");
    const pixels = known ? patched(known, answer) : answer;
    this.#raw = { key, pixels };
    return pixels;
  }

  async #read(
    document: HostDocument,
    region: Box<"document"> | null,
    maxSide: number,
    known: string | null,
    signal: AbortSignal | undefined,
  ): Promise<PixelsOnWire> {
    const bounds = region && { x0: region.x0, y0: region.y0, x1: region.x1, y1: region.y1 };
    const layer = this.#ofLayer ? "active" : null;
    const answer = await this.#end.call("readPixels", { region: bounds, maxSide, known, layer }, { signal });
    if (this.#document?.id !== document.id) throw new MasksmithError("state", "The document was closed");
    if (!isSameCanvas(this.#document, document)) {
      throw new MasksmithError("state", "The document's size has changed");
    }
    return readAnswer.readPixels(answer);
  }

  #emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const listener of (this.#listeners.get(event) ?? []) as Iterable<Listener<K>>) listener(value);
  }
}

/** An object with its soft mask packed, as Photoshop's side can hold many of. */
export function onWire({ mask, ...item }: ApplyItem): WireItem {
  return { ...item, mask: "counts" in mask ? mask : packMask(mask) };
}
