import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { DecoderWorkers } from "@masksmith/core";

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
  return { size, spawn: () => new Worker(file) };
}
