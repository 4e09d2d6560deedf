import { type ErrorKind, MasksmithError } from "@masksmith/core";

export { MasksmithError };

const KINDS: readonly ErrorKind[] = ["input", "model", "state", "runtime", "aborted"];

/** An error as it crosses the bridge. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly message: string;
}

export function toWireError(error: unknown): WireError {
  if (error instanceof MasksmithError) return { kind: error.kind, message: error.message };
  return { kind: "runtime", message: error instanceof Error ? error.message : String(error) };
}

export function fromWireError(value: unknown): MasksmithError {
  const { kind, message } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const known = KINDS.find((one) => one === kind) ?? "runtime";
  return new MasksmithError(known, typeof message === "string" ? message : "The call failed without a reason");
}

/** Throws `aborted` if the signal has fired. */
export function throwIfFired(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MasksmithError("aborted", "The operation was cancelled", { cause: signal.reason });
}
