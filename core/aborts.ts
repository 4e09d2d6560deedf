import { MasksmithError, throwIfAborted } from "./errors.js";
import type { Signal } from "./signal.js";

/** Lets an abort in: a run of a graph blocks this thread. @throws MasksmithError `aborted`. */
export async function untilHeard(signal: Signal | undefined): Promise<void> {
  if (signal) await new Promise<void>((resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}

/** Rejects at once when the signal fires, while the work goes on unheard. */
export function unlessAborted<T>(work: Promise<T>, signal: Signal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () =>
      reject(new MasksmithError("aborted", "The operation was cancelled", { cause: signal.reason }));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** A thread that was blocked finds its timers late and hears what came meanwhile after them. */
const GRACE_MS = 200;

/**
 * Work that must give a sign of life within `limitMs`, and again after each.
 * @param begin starts the work; it is given what to call at a sign of life.
 * @param late what to throw after too long a silence.
 */
export async function unlessSilent<T>(
  begin: (heard: () => void) => Promise<T>,
  limitMs: number,
  late: () => Error,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let end = (_: Error): void => undefined;
  const silence = new Promise<never>((_, reject) => {
    end = reject;
  });
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = setTimeout(() => end(late()), GRACE_MS);
    }, limitMs);
  };
  heard();
  try {
    return await Promise.race([begin(heard), silence]);
  } finally {
    clearTimeout(timer);
  }
}
