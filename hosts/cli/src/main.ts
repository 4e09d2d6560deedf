import { Console } from "node:console";
import { outcomeOf } from "./failure.js";
import { createProgram } from "./program.js";
import { notice } from "./terminal.js";

/** Runs the one command of this process. @param argv as `process.argv`. Resolves to the exit code; never rejects. */
export function main(argv: readonly string[]): Promise<number> {
  keepStdoutPure();
  return run(argv);
}

/** Runs one command, and changes nothing in the process that it runs in. @param argv as `process.argv`. Never rejects. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(argv);
    return 0;
  } catch (error) {
    const { exit, line } = outcomeOf(error);
    if (line) notice(line);
    return exit;
  }
}

/** Standard output is for results alone: what a library logs goes to standard error; `print` sees write errors. */
function keepStdoutPure(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}
