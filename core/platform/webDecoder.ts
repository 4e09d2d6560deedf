import { serveDecoder } from "../engine/decoderWorker.js";

/** A decoder's worker in a page, for WebAssembly. */
serveDecoder({
  post: (message, transfer) => self.postMessage(message, { transfer: [...transfer] }),
  onMessage: (listener) => self.addEventListener("message", ({ data }) => listener(data)),
});
