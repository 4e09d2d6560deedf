import { Console } from "node:console";
import { outcomeOf } from "./failure.js";
import { createProgram } from "./program.js";
import { notice } from "./terminal.js";

/** Runs one command. @param argv as `process.argv`. Resolves to the exit code; never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  keepStdoutPure();
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
