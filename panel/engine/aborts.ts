import { MasksmithError } from "@masksmith/core";

export function aborted(signal: AbortSignal | undefined): MasksmithError {
  return new MasksmithError("aborted", "The operation was cancelled", { cause: signal?.reason });
}
