/**
 * Every failure the core reports on purpose. `kind` tells a host what to do:
 * - `input`: the caller's argument or file is wrong; the message names the value and what was expected.
 * - `model`: a model file or manifest is damaged or does not fit.
 * - `state`: the call came at the wrong time (engine closed, embedding released).
 * - `runtime`: inference failed (no memory, backend lost).
 * - `aborted`: the caller's signal asked to stop; never shown to a user.
 */
export type ErrorKind = "input" | "model" | "state" | "runtime" | "aborted";

/** A typed error with a one-line message. Survives a structured clone by `toWire`/`fromWire` in the engine's client. */
export class MasksmithError extends Error {
  override readonly name = "MasksmithError";
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.kind = kind;
  }
}

/** `input` error in one wording: "<what> must be <expected>, got <value>". */
export function invalid(what: string, expected: string, value: unknown): MasksmithError {
  return new MasksmithError("input", `${what} must be ${expected}, got ${shown(value)}`);
}

/** Throws `aborted` if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new MasksmithError("aborted", "The operation was cancelled", { cause: signal.reason });
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (typeof value === "object" && value !== null)
    return Array.isArray(value) ? `[${value.map(shown).join(", ")}]` : "an object";
  return String(value);
}
