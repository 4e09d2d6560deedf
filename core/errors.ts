import type { Signal } from "./signal.js";

/** All kinds of a `MasksmithError`; `ErrorKind` says what each means. */
export const ERROR_KINDS = ["input", "model", "state", "runtime", "aborted"] as const;

/**
 * Every failure the core reports on purpose. `kind` tells a host what to do:
 * - `input`: the caller's argument or file is wrong; the message names the value and what was expected.
 * - `model`: a model file or manifest is damaged or does not fit.
 * - `state`: the call came at the wrong time (engine closed, embedding released).
 * - `runtime`: inference failed (no memory, backend lost).
 * - `aborted`: the caller's signal asked to stop; never shown to a user.
 */
export type ErrorKind = (typeof ERROR_KINDS)[number];

/**
 * A typed error with a one-line message. A structured clone of it forgets its kind: send `toWireError(error)` to a worker or a
 * page, and make it an error again by `fromWireError`.
 */
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

/**
 * Checks that options are an object and name nothing unknown, which would be a mistake without effect.
 * @throws MasksmithError `input`.
 */
export function checkFields(what: string, value: unknown, known: readonly string[], hint?: string): void {
  if (typeof value !== "object" || value === null) throw invalid(what, `an object with ${known.join(", ")}`, value);
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger === undefined) return;
  throw invalid(what, `of ${known.join(", ")}${hint === undefined ? "" : ` (${hint})`}`, stranger);
}

/** What a value is, by its tag and not by `instanceof`: it may come from another realm (worker, webview). */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Throws `aborted` if the signal has fired. */
export function throwIfAborted(signal: Signal | undefined): void {
  if (signal?.aborted) throw new MasksmithError("aborted", "The operation was cancelled", { cause: signal.reason });
}

/** What a thrown value says: hosts throw plain objects with a message too. */
export function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) return String(error.message);
  return String(error);
}

/** An error as it crosses to a worker or another host: a plain value. */
export interface WireError {
  readonly kind: ErrorKind;
  readonly message: string;
}

/** What is not one of ours becomes `runtime`, with the first line of its message. */
export function toWireError(error: unknown): WireError {
  if (error instanceof MasksmithError) return { kind: error.kind, message: error.message };
  return { kind: "runtime", message: messageOf(error).split("\n")[0] };
}

/** The error that `toWireError` packed at the other end of a channel. */
export function fromWireError({ kind, message }: WireError): MasksmithError {
  return new MasksmithError(kind, message);
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (Array.isArray(value)) return value.length > 8 ? `${value.length} values` : `[${value.map(shown).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return kindOf(value) === "Object" ? "an object" : `a ${kindOf(value)}`;
  if (typeof value === "function") return "a function";
  return String(value);
}
