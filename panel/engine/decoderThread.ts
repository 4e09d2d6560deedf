import { type DecoderWorkers, type Port, serveDecoder } from "@masksmith/core";
import type { DecoderThreads } from "./protocol.js";

/** Name of the workers that decode for automatic generation: by it the one script knows its part. */
const NAME = "masksmith-decoder";

/** Whether this worker is one of the pool's. */
export function isDecoderThread(): boolean {
  return self.name === NAME;
}

/** Serves the engine's worker that started this one, all its life. */
export function serveDecoderThread(): void {
  const port: Port = {
    post: (message, transfer) => self.postMessage(message, { transfer: [...transfer] }),
    onMessage: (listener) => self.addEventListener("message", ({ data }) => listener(data)),
  };
  serveDecoder(port);
}

/** The pool's workers, from the same script as the engine's own worker; they end with that at the latest. */
export function decoderThreads({ count, script }: DecoderThreads): DecoderWorkers {
  let url: string | undefined;
  const spawn = () => {
    url ??= URL.createObjectURL(script);
    return new Worker(url, { name: NAME });
  };
  return { spawn, size: count };
}
