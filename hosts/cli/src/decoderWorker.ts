import { parentPort } from "node:worker_threads";
import { serveDecoder } from "@masksmith/core";

const port = parentPort!;
serveDecoder({
  post: (message, transfer) => port.postMessage(message, transfer),
  onMessage: (listener) => port.on("message", listener),
});
