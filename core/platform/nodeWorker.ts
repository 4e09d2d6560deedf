import { parentPort } from "node:worker_threads";
import { serveEngine } from "../engine/engineWorker.js";

/** The engine's worker in Node, Bun and Deno. */
const port = parentPort;
if (!port) throw new Error("This module is the script of a worker thread");
serveEngine({
  post: (message, transfer) => port.postMessage(message, [...transfer]),
  onMessage: (listener) => port.on("message", listener),
});
