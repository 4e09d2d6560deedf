import { MasksmithError, messageOf } from "@masksmith/core";
import { CommanderError } from "commander";

/** 0: done; 1: a failure at work; 2: a bad argument or input. */
export type ExitCode = 0 | 1 | 2;

/** Characters of a line for a person. */
const LONGEST_LINE = 4000;

/** How a command ended: its exit code, and the one line for standard error, if it failed. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly line?: string;
}

/** The only place that turns an error into an exit code and its line. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof CommanderError) return fromCommander(error);
  if (error instanceof MasksmithError && error.kind === "input") return { exit: 2, line: oneLine(error.message) };
  if (isOutOfMemory(error)) return { exit: 1, line: `not enough memory: ${reasonOf(error)}` };
  if (error instanceof MasksmithError) return { exit: 1, line: oneLine(error.message) };
  return { exit: 1, line: `unexpected failure: ${reasonOf(error)}` };
}

/** What was being done, and why the system refused. */
export function failedAt(what: string, cause: unknown): MasksmithError {
  return new MasksmithError("runtime", `${what}: ${reasonOf(cause)}`, { cause });
}

/** The message of anything thrown, on one line; of a system error its words without code, call and path. */
export function reasonOf(cause: unknown): string {
  // Of several addresses of one host; it says nothing itself.
  if (cause instanceof AggregateError && cause.message === "" && cause.errors.length > 0)
    return reasonOf(cause.errors[0]);
  const message = messageOf(cause);
  return oneLine(message.replace(/^(E[A-Z0-9]+): (.*?), \w+( '.*')?$/s, "$2"));
}

/** JavaScript's, WebAssembly's and libvips' ways to say that an allocation failed. */
export function isOutOfMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return /out of memory|allocation failed|could not allocate|invalid (typed )?array (buffer )?length/i.test(
    error.message,
  );
}

function fromCommander(error: CommanderError): Outcome {
  if (error.exitCode === 0) return { exit: 0 };
  // Help that commander printed itself because no command was given.
  if (error.code === "commander.help") return { exit: 2 };
  return { exit: 2, line: oneLine(error.message.replace(/^error: /, "")) };
}

/** The text's lines as one, in time that grows with its length alone: files choose what errors quote. */
function oneLine(text: string): string {
  const lines = text.split(/[\r\n]+/).map((line) => line.trim());
  const line = lines.filter(Boolean).join(" ");
  return line.length <= LONGEST_LINE ? line : `${line.slice(0, LONGEST_LINE)}...`;
}
