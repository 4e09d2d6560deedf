import {
  type Embedding,
  type EmbedOptions,
  type EngineInfo,
  MasksmithError,
  messageOf,
  type Progress,
  type Raster,
  size,
  unlessAborted,
} from "@masksmith/core";
import type { EngineStatus } from "../../engine/index.js";
import { type Host, type HostDocument, isSameCanvas } from "../../host.js";
import { Store } from "../../state/index.js";
import { EncodeTimes, type Encoding } from "./encodeTimes.js";

/** How far the open document has been understood. */
export interface Picture {
  readonly document: HostDocument | null;
  /** `none`: nothing open. `ready`: prompts can be answered. `stopped`: the user cancelled. */
  readonly phase: "none" | "reading" | "ready" | "stopped" | "failed";
  readonly progress: Progress | null;
  /** While the picture is encoded, if it is known how long that takes. */
  readonly encoding: Encoding | null;
  readonly embedding: Embedding | null;
  /** The composite at reduced size, for thumbnails. */
  readonly raster: Raster | null;
  readonly error: string | null;
}

/** What encodes a picture: the engine. */
export interface Embedder {
  readonly status: Pick<EngineStatus, "info">;
  embed(raster: Raster, options?: EmbedOptions): Promise<Embedding>;
}

const NOTHING: Picture = {
  document: null,
  phase: "none",
  progress: null,
  encoding: null,
  embedding: null,
  raster: null,
  error: null,
};

/**
 * Longest side asked of the host. Twice the model's 1024, so that the core's own antialiased resize makes the last and
 * finest step, bit-equal on every host; more would only cost memory.
 */
const READ_SIDE = 2048;

/** Reads and encodes the open document in the background. A newer version of it ends the work on the older one. */
export class DocumentReader {
  readonly picture = new Store<Picture>(NOTHING);
  readonly #host: Pick<Host, "readPixels">;
  readonly #engine: Embedder;
  readonly #times: EncodeTimes;
  #abort: AbortController | null = null;

  constructor(host: Pick<Host, "readPixels" | "readSetting" | "writeSetting">, engine: Embedder) {
    this.#host = host;
    this.#engine = engine;
    this.#times = new EncodeTimes(host);
  }

  /** The open document as the host last told of it. */
  get current(): HostDocument | null {
    return this.picture.value.document;
  }

  /** The open document's pixels as the model knows them now; null while they are being read. */
  get embedding(): Embedding | null {
    const { phase, embedding } = this.picture.value;
    return phase === "ready" ? embedding : null;
  }

  /** Starts on a document, or on none. The same state of the same document goes on undisturbed. */
  open(document: HostDocument | null): void {
    const { document: now, phase } = this.picture.value;
    const same = now?.id === document?.id && now?.version === document?.version;
    if (same && phase !== "stopped" && phase !== "failed") {
      this.picture.update({ document });
      return;
    }
    this.#abort?.abort();
    this.#abort = null;
    if (!document) {
      this.picture.set(NOTHING);
      return;
    }
    const kept = isSameCanvas(now, document) ? this.picture.value : NOTHING;
    this.picture.set({ ...kept, document, phase: "reading", progress: null, encoding: null, error: null });
    void this.#read(document);
  }

  /** Stops reading; `open` or `retry` starts over. */
  cancel(): void {
    this.#abort?.abort();
    this.#abort = null;
    if (this.picture.value.phase === "reading") this.#end({ phase: "stopped" });
  }

  retry(): void {
    const { document } = this.picture.value;
    this.picture.update({ phase: "stopped" });
    this.open(document);
  }

  /** Resolves when the picture is not being read any more, however that ended. */
  async settled(signal?: AbortSignal): Promise<void> {
    let stop = () => {};
    const read = new Promise<void>((resolve) => {
      const look = () => this.picture.value.phase !== "reading" && resolve();
      stop = this.picture.subscribe(look);
      look();
    });
    await unlessAborted(read, signal).finally(stop);
  }

  /** Encodes the open picture again, by another model: the embedding there is says nothing to it. */
  encodeAnew(): void {
    const { document } = this.picture.value;
    this.#abort?.abort();
    this.#abort = null;
    if (!document) return;
    this.picture.update({ embedding: null, phase: "stopped" });
    this.open(document);
  }

  async #read(document: HostDocument): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const isCurrent = () => this.#abort === abort;
    try {
      this.picture.update({ progress: { stage: "Reading image", fraction: 0 } });
      const { raster, region } = await this.#host.readPixels(null, READ_SIDE, abort.signal);
      if (!isCurrent()) return;
      this.picture.update({ raster });
      const clock = this.#clock(isCurrent);
      const embedding = await this.#engine.embed(raster, {
        document: size("document", document.width, document.height),
        region,
        signal: abort.signal,
        onProgress: (progress) => {
          if (!isCurrent()) return;
          this.picture.update({ progress });
          if (progress.fraction === 0) clock.start();
        },
      });
      clock.stop();
      if (isCurrent()) this.#end({ phase: "ready", embedding });
    } catch (error) {
      if (!isCurrent() || (error instanceof MasksmithError && error.kind === "aborted")) return;
      const message = messageOf(error);
      this.#end({ phase: "failed", error: message });
    }
  }

  #end(change: Partial<Picture>): void {
    this.picture.update({ ...change, progress: null, encoding: null });
  }

  /** Times an encode, which starts again if its worker dies; an answer from memory never starts. */
  #clock(isCurrent: () => boolean) {
    let encoding: { readonly startedMs: number; readonly info: EngineInfo } | null = null;
    return {
      start: () => {
        const { info } = this.#engine.status;
        if (!info) return;
        const begun = { startedMs: performance.now(), info };
        encoding = begun;
        this.picture.update({ encoding: null });
        void this.#times.expected(info).then((expectedMs) => {
          if (expectedMs === null || encoding !== begun || !isCurrent()) return;
          this.picture.update({ encoding: { startedMs: begun.startedMs, expectedMs } });
        });
      },
      stop: () => {
        if (!encoding) return;
        void this.#times.note(encoding.info, performance.now() - encoding.startedMs);
        encoding = null;
      },
    };
  }
}
