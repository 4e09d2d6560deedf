import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = new URL("../../../", import.meta.url);

/** The shim that users run. */
export const masksmith = fileURLToPath(new URL("hosts/cli/bin/masksmith.mjs", root));

/** Path of a picture in test/fixtures. */
export const fixture = (name: string) => fileURLToPath(new URL(`test/fixtures/${name}`, root));

/** How a run of the command ended. */
export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Shell words put before the command, such as a `ulimit`. */
  readonly limit?: string;
}

/** Starts the built command line in a process of its own. */
export function start(args: readonly string[], { cwd, env, limit }: RunOptions = {}): ChildProcess {
  if (!existsSync(new URL("hosts/cli/dist/main.js", root))) throw new Error("Not built: run `npm run build` first");
  const options = { cwd, env: { ...process.env, ...env } };
  if (limit === undefined) return spawn(process.execPath, [masksmith, ...args], options);
  return spawn("sh", ["-c", `${limit}; exec "$@"`, "sh", process.execPath, masksmith, ...args], options);
}

/** Runs the built command line to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = start(args, options);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A folder that is gone when the tests of a file are. */
export async function temporaryFolder(): Promise<{
  path: string;
  file(name: string): string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), "masksmith-cli-"));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Everything in a folder, also hidden files, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
