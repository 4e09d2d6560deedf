import { serveEngine } from "../engine/engineWorker.js";

/** The engine's worker in a page. */
serveEngine({
  post: (message, transfer) => self.postMessage(message, { transfer: [...transfer] }),
  onMessage: (listener) => self.addEventListener("message", ({ data }) => listener(data)),
});
