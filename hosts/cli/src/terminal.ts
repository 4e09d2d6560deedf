import type { Progress } from "@masksmith/core";
import { failedAt } from "./failure.js";

/** One line on standard error. */
export function notice(line: string): void {
  process.stderr.write(`masksmith: ${line}\n`);
}

/** Writes to standard output and waits until it has been taken. A reader that has gone away is no failure. */
export async function print(text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.stdout.write(text, (error) => {
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
