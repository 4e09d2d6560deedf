import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { type DecoderWorkers, messageOf, type WorkerLike } from "@masksmith/core";

/** Beyond this, more workers cost memory (about 300 MB each) and gain little. */
const MOST_WORKERS = 8;

/**
 * Decoder workers on Node's worker threads.
 * @param size default: one for each processor.
 * @param file the built worker; by default the one beside this program.
 */
export function decoderWorkers(
  size = Math.min(MOST_WORKERS, availableParallelism()),
  file = new URL("./decoderWorker.js", import.meta.url),
): DecoderWorkers {
  return { size, spawn: () => workerLike(new Worker(file)) };
}

/** A worker thread as the core knows workers. */
export function workerLike(worker: Worker): WorkerLike {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (listener) => worker.on("message", listener),
    onExit: (listener) => {
      worker.on("error", (error) => listener(messageOf(error)));
      worker.on("exit", (code) => listener(`exit code ${code}`));
    },
    terminate: () => void worker.terminate(),
  };
}
