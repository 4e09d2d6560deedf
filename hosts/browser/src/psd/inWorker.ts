import source from "masksmith:psd-worker";
import { MasksmithError } from "@masksmith/core";
import type { DocumentState } from "../document/model.js";
import type { PsdReply, PsdRequest } from "./psdMessages.js";
import type { ReadPsd } from "./readPsd.js";

/**
 * `readPsd` away from the page's thread. The bytes are handed over.
 * @throws MasksmithError as `readPsd`; `aborted`.
 */
export function readPsdInWorker(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
  signal?: AbortSignal,
  onProgress?: (fraction: number) => void,
): Promise<ReadPsd> {
  return ask<ReadPsd>({ kind: "read", bytes, name }, [bytes.buffer], signal, onProgress);
}

/** `writePsd` away from the page's thread. @throws MasksmithError as `writePsd`; `aborted`. */
export function writePsdInWorker(state: DocumentState, signal?: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
  return ask<Uint8Array<ArrayBuffer>>({ kind: "write", state }, [], signal);
}

let url: string | undefined;

function ask<T>(
  request: PsdRequest,
  transfer: Transferable[],
  signal: AbortSignal | undefined,
  onProgress?: (fraction: number) => void,
): Promise<T> {
  url ??= URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { name: "masksmith-psd" });
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(new MasksmithError("aborted", "The operation was cancelled"));
    signal?.addEventListener("abort", stop, { once: true });
    worker.addEventListener("message", ({ data }: MessageEvent<PsdReply>) => {
      if ("progress" in data) onProgress?.(data.progress);
      else if (data.ok) resolve(data.value as T);
      else reject(new MasksmithError(data.kind, data.message));
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      reject(
        new MasksmithError("runtime", `Photoshop files can't be opened or saved here: ${event.message || "no worker"}`),
      );
    });
    worker.postMessage(request, transfer);
  }).finally(() => worker.terminate());
}
