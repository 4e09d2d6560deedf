import type { Progress } from "@masksmith/core";
import { failedAt } from "./failure.js";

/** Control characters but newline and tab, and those that turn the direction of text. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text that does nothing to a terminal but show: what would act on it, such as in a file's name, is written as JSON would.
 * JSON stays the same value.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (c) =>
    c === "\n" || c === "\t" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** One line on standard error. */
export function notice(line: string): void {
  process.stderr.write(`masksmith: ${visible(line)}\n`);
}

/** Writes to standard output and waits until it has been taken. A reader that has gone away is no failure. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(visible(text), (error) => {
      if (!error || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
      else reject(failedAt("cannot write to standard output", error));
    });
  });
}

/** A progress line that is redrawn in place, on standard error, and only where a person watches. */
export function progressLine(): { readonly report: (progress: Progress) => void; readonly clear: () => void } {
  if (!process.stderr.isTTY) return { report: () => {}, clear: () => {} };
  return {
    report: ({ stage, fraction }) => {
      process.stderr.write(`\r\u001b[K${stage} ${Math.round(fraction * 100)} %`);
    },
    clear: () => {
      process.stderr.write("\r\u001b[K");
    },
  };
}
