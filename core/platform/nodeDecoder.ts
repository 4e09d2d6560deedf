import { parentPort } from "node:worker_threads";
import { serveDecoder } from "../engine/decoderWorker.js";

/** A decoder's worker in Node, Bun and Deno. */
const port = parentPort;
if (!port) throw new Error("This module is the script of a worker thread");
serveDecoder({
  post: (message, transfer) => port.postMessage(message, [...transfer]),
  onMessage: (listener) => port.on("message", listener),
});
