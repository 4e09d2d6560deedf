import { type Box, MasksmithError, type SoftMask } from "@masksmith/core";
import { type PageEnd, readAnswer, readHostEvent } from "../bridge/index.js";
import type { ApplyRequest, FileToSave, Host, HostDocument, HostEvents, HostPixels, Theme } from "../panel/host.js";
import { fitted, wholeRegion } from "./fit.js";

type Listener<K extends keyof HostEvents> = (value: HostEvents[K]) => void;

/** Photoshop as the panel's host, over the bridge. Keeps no truth: a page that starts over asks anew. */
export class BridgeHost implements Host {
  readonly name = "photoshop";
  readonly #end: PageEnd;
  readonly #listeners = new Map<keyof HostEvents, Set<Listener<never>>>();
  #theme: Theme = "dark";
  #document: HostDocument | null = null;
  /** The whole picture is read for the model and for the view: once. */
  #whole: { readonly key: string; readonly pixels: Promise<HostPixels> } | null = null;

  readonly #mayReplace: (layer: string) => Promise<boolean>;

  /** @param mayReplace asks the user whether a layer's mask may be discarded. */
  constructor(end: PageEnd, mayReplace: (layer: string) => Promise<boolean>) {
    this.#end = end;
    this.#mayReplace = mayReplace;
  }

  /** Asks how things stand and tells the panel: something may have been missed. */
  async refresh(): Promise<void> {
    const before = JSON.stringify(this.#document);
    const document = await this.document().catch(() => this.#document);
    if (JSON.stringify(document) !== before) this.#emit("document", document);
  }

  async document(): Promise<HostDocument | null> {
    const { document, theme } = readAnswer.start(await this.#end.call("start", {}));
    this.#document = document;
    if (theme !== this.#theme) this.#emit("theme", theme);
    this.#theme = theme;
    return document;
  }

  async readPixels(region: Box<"document"> | null, maxSide: number, signal?: AbortSignal): Promise<HostPixels> {
    const document = this.#document;
    if (!document) throw new MasksmithError("state", "No document is open");
    const wanted = wholeRegion(region, document);
    const read = () => this.#read(document, wanted, maxSide, signal);
    if (region) return read();
    const key = `${document.id} ${document.version} ${maxSide}`;
    if (this.#whole?.key !== key) {
      const pixels = this.#read(document, wanted, maxSide, undefined);
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
    const { documentId, output } = request;
    if (output.kind === "layer-mask" && output.mode === "replace") {
      const hasMask = (await this.#end.call("hasMask", { documentId }, { signal })) === true;
      if (hasMask && !(await this.#mayReplace(this.#document?.activeLayer ?? "The layer"))) {
        throw new MasksmithError("aborted", "The mask was kept");
      }
    }
    await this.#end.call("apply", request, { signal, timeoutMs: null });
  }

  async saveFile({ suggestedName, type, bytes }: FileToSave): Promise<boolean> {
    return (await this.#end.call("saveFile", { suggestedName, type, bytes }, { timeoutMs: null })) === true;
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
    if (event.name === "document") this.#document = event.value as HostDocument | null;
    if (event.name === "theme") this.#theme = event.value as Theme;
    this.#emit(event.name, event.value as never);
  }

  /** Megabytes a second there and back, for the self-test. */
  async measure(): Promise<number> {
    const bytes = new Uint8Array(4 << 20);
    const started = performance.now();
    const { bytes: back } = readAnswer.echo(await this.#end.call("echo", { bytes }));
    const seconds = (performance.now() - started) / 1000;
    return (bytes.length + back.length) / 1e6 / seconds;
  }

  async #read(
    { id }: HostDocument,
    wanted: Box<"document">,
    maxSide: number,
    signal: AbortSignal | undefined,
  ): Promise<HostPixels> {
    const { x0, y0, x1, y1 } = wanted;
    const answer = await this.#end.call("readPixels", { region: { x0, y0, x1, y1 }, maxSide }, { signal });
    if (this.#document?.id !== id) throw new MasksmithError("state", "The document was closed");
    return fitted(readAnswer.readPixels(answer), wanted, maxSide);
  }

  #emit<K extends keyof HostEvents>(event: K, value: HostEvents[K]): void {
    for (const listener of (this.#listeners.get(event) ?? []) as Iterable<Listener<K>>) listener(value);
  }
}
