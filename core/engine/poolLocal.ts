import type { NativeRuntime } from "../runtime/ort.js";
import { serveDecoder } from "./decoderWorker.js";
import type { Port, WorkerLike } from "./wire.js";

/**
 * A "worker" in the caller's own thread, for hosts without workers: the same code over the same messages, so the same
 * results. It gives the thread back between runs of the graphs, so ending it takes as long as one run.
 */
export function localWorker(native?: NativeRuntime): WorkerLike {
  let ended = false;
  let toOwner: (message: unknown) => void = () => {};
  let toWorker: (message: unknown) => void = () => {};
  const port: Port = {
    post: (message) => {
      if (!ended) toOwner(message);
    },
    onMessage: (listener) => {
      toWorker = listener;
    },
  };
  const pause = async () => {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    // Never resumed: the work is dropped with all it holds.
    if (ended) await new Promise<never>(() => {});
  };
  serveDecoder(port, pause, native);
  return {
    post: (message) => {
      void Promise.resolve().then(() => toWorker(message));
    },
    onMessage: (listener) => {
      toOwner = listener;
    },
    onExit: () => {},
    terminate: () => {
      if (ended) return;
      ended = true;
      toWorker({ call: -1, name: "close", argument: null });
    },
  };
}
