import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { run as runCommand } from "../../../hosts/cli/src/main.js";
import { official } from "../../support/tinyLayouts.js";
import { builtCommand } from "./built.js";

// Commands of one test file share the engine of the built-in model, and all files its embeddings.
vi.mock("@masksmith/core", async (importOriginal) => {
  const { sharing } = await import("./sharedEngines.js");
  return sharing(await importOriginal());
});

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
}

/**
 * Runs a command to its end in this process, from its sources: what a process does with it, but for the start. One at a time:
 * folder, environment and streams are the process's own.
 */
export async function run(args: readonly string[], { cwd, env = {} }: RunOptions = {}): Promise<Run> {
  const before = { cwd: process.cwd(), env: { ...process.env } };
  const streams = [captured("stdout"), captured("stderr")] as const;
  if (cwd !== undefined) process.chdir(cwd);
  Object.assign(process.env, env);
  try {
    const code = await runCommand(["node", "masksmith", ...args]);
    const [stdout, stderr] = streams.map((stream) => stream.text()) as [string, string];
    return { code, signal: null, stdout, stderr };
  } finally {
    for (const { restore } of streams) restore();
    process.chdir(before.cwd);
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before.env);
  }
}

function captured(name: "stdout" | "stderr") {
  const { write } = process[name];
  if (write.name === "keep") throw new Error("A command runs already: await it first");
  let text = "";
  process[name].write = function keep(chunk: string | Uint8Array, ...rest: unknown[]) {
    text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    const done = rest.find((each) => typeof each === "function") as (() => void) | undefined;
    if (done) process.nextTick(done);
    return true;
  };
  return {
    text: () => text,
    restore: () => {
      process[name].write = write;
    },
  };
}

/** Starts the built command line in a process of its own. @param limit shell words put before it, such as a `ulimit`. */
export async function start(
  args: readonly string[],
  { cwd, env, limit }: RunOptions & { readonly limit?: string } = {},
): Promise<ChildProcess> {
  await builtCommand();
  const options = { cwd, env: { ...process.env, ...env } };
  // It compiles as this process does: for a test's short work that costs less.
  const command = [
    process.execPath,
    ...process.execArgv.filter((flag) => flag.startsWith("--wasm-")),
    masksmith,
    ...args,
  ];
  if (limit === undefined) return spawn(command[0], command.slice(1), options);
  return spawn("sh", ["-c", `${limit}; exec "$@"`, "sh", ...command], options);
}

/** Runs the built command line to its end, in a process of its own. */
export async function runProcess(...asked: Parameters<typeof start>): Promise<Run> {
  const child = await start(...asked);
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

/**
 * Lets commands find, by the environment given, a model `tiny` of 64 x 64 pixels and random weights: for all that does not
 * depend on what is found, at a hundredth of the built-in model's work.
 */
export async function tinyModel(): Promise<{ env: Record<string, string>; remove(): Promise<void> }> {
  const folder = await temporaryFolder();
  const files = folder.file("files");
  const env = { MASKSMITH_MODELS: folder.file("store") };
  await Promise.all(Object.values({ ...env, files }).map((path) => mkdir(path)));
  for (const [name, bytes] of Object.entries(official)) await writeFile(join(files, name), bytes);
  const { code, stderr } = await run(["models", "add", files, "--id", "tiny"], { env });
  if (code !== 0) throw new Error(stderr);
  return { env, remove: folder.remove };
}

/** Everything in a folder, also hidden files, sorted. */
export async function filesIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
