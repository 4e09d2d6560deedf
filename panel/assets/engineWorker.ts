import source from "masksmith:engine-worker";

/** The worker's script: a page opened from disk may start workers from blobs only, and those again only from their own. */
export const engineWorkerScript: Blob = new Blob([source], { type: "text/javascript" });

let url: string | undefined;

/**
 * Starts a worker that runs `panel/engine/worker.ts`. A page opened from disk may start workers from blobs only, so
 * the build carries the worker's code as text. The blob lives as long as the page: onnxruntime starts its own threads from
 * the same address (they are called `em-pthread...`; the build keeps the engine from starting in them).
 */
export function startEngineWorker(name: string): Worker {
  url ??= URL.createObjectURL(engineWorkerScript);
  return new Worker(url, { name });
}
