import { MasksmithError } from "@masksmith/core";

/** Throws `aborted` if the signal has fired. */
export function throwIfFired(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MasksmithError("aborted", "The operation was cancelled", { cause: signal.reason });
}
