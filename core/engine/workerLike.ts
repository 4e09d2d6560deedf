import { invalid, messageOf } from "../errors.js";
import type { WorkerLike } from "./wire.js";

/** What the web's workers have that is used here. */
interface WebWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: string, listener: (event: WebEvent) => void): void;
  terminate(): void;
}

interface WebEvent {
  readonly data?: unknown;
  readonly message?: string;
  preventDefault?(): void;
}

/** What Node's worker threads have that is used here. */
interface NodeWorker {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  on(type: string, listener: (value: unknown) => void): unknown;
  terminate(): unknown;
}

/** Any worker that the core can talk to: the web's `Worker`, Node's of `node:worker_threads`, or one's own kind. */
export type AnyWorker = WorkerLike | WebWorker | NodeWorker;

/**
 * A worker as the core talks to it.
 * @throws MasksmithError `input` for what is no worker.
 */
export function workerLike(worker: AnyWorker): WorkerLike {
  const has = (...names: string[]) => {
    const given = worker as unknown as Readonly<Record<string, unknown>> | null | undefined;
    return names.every((name) => typeof given?.[name] === "function");
  };
  if (has("post", "onMessage", "onExit", "terminate")) return worker as WorkerLike;
  // Bun's and Deno's have both; `on` tells of the end too.
  if (has("postMessage", "on", "terminate")) return ofNode(worker as NodeWorker);
  if (has("postMessage", "addEventListener", "terminate")) return ofWeb(worker as WebWorker);
  throw invalid("what spawn gives", "a worker", worker);
}

function ofWeb(worker: WebWorker): WorkerLike {
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => worker.addEventListener("message", ({ data }) => listener(data)),
    onExit: (listener) => {
      worker.addEventListener("error", (event) => {
        event.preventDefault?.();
        listener(event.message || "it crashed, or its script was not found");
      });
      worker.addEventListener("messageerror", () => listener("it sent an unreadable answer"));
    },
    terminate: () => worker.terminate(),
  };
}

function ofNode(worker: NodeWorker): WorkerLike {
  return {
    post: (message, transfer) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => void worker.on("message", listener),
    onExit: (listener) => {
      worker.on("error", (error) => listener(messageOf(error)));
      worker.on("exit", (code) => listener(`exit code ${code}`));
    },
    terminate: () => void worker.terminate(),
  };
}
