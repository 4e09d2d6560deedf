import { ERROR_KINDS, fromWireError, type MasksmithError } from "@masksmith/core";

/** The error that a message says its call ended with; the other end may be of another version. */
export function receivedError(value: unknown): MasksmithError {
  const { kind, message } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return fromWireError({
    kind: ERROR_KINDS.find((known) => known === kind) ?? "runtime",
    message: typeof message === "string" ? message : "The call failed and gave no reason",
  });
}
