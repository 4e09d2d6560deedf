import { MasksmithError } from "@masksmith/core";

export function aborted(signal: AbortSignal | undefined): MasksmithError {
  return new MasksmithError("aborted", "The operation was cancelled", { cause: signal?.reason });
}

/** Rejects at once when the signal fires, while the work goes on unheard. */
export function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return answer;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(aborted(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
