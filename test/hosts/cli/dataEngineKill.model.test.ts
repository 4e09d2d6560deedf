import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readSa1b } from "@masksmith/core";
import { build } from "esbuild";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesIn, temporaryFolder } from "./cli.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = await temporaryFolder();
const input = folder.file("pictures");
const script = folder.file("child.mjs");
const log = folder.file("log");
const PICTURES = 40;

beforeAll(async () => {
  await symlink(join(root, "node_modules"), folder.file("node_modules"));
  await build({
    entryPoints: [join(root, "test/hosts/cli/dataEngineChild.ts")],
    outfile: script,
    bundle: true,
    format: "esm",
    platform: "node",
    alias: { "@masksmith/core": join(root, "core/index.ts"), "#platform": join(root, "core/platform/node.ts") },
    external: ["sharp", "ag-psd", "commander", "zod", "onnxruntime-web", "@noble/hashes/*"],
    logLevel: "error",
  });
  for (let i = 0; i < PICTURES; i++) {
    const path = join(input, `set ${i % 3}`, `p${i}.png`);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(
      path,
      await sharp({ create: { width: 30 + i, height: 20, channels: 3, background: { r: i, g: 9, b: 1 } } })
        .png()
        .toBuffer(),
    );
  }
});
afterAll(folder.remove);

function start(output: string): { child: ChildProcess; ended: Promise<number | null> } {
  const child = spawn(process.execPath, [script, input, output, log], { stdio: ["ignore", "ignore", "inherit"] });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)) };
}

const recordsIn = async (output: string) =>
  (await filesIn(output)).filter((name) => /^[^.].*\/p\d+\.png\.json$/.test(name));
const generated = async () => (await readFile(log, "utf8").catch(() => "")).split("\n").filter(Boolean);

test("a run that is killed at any moment and begun again makes what an undisturbed one makes, each record once", async () => {
  const whole = folder.file("whole");
  expect(await start(whole).ended).toBe(0);
  const output = folder.file("killed");
  await mkdir(output);
  let kills = 0;
  for (let finished = false; !finished; ) {
    const before = new Set(await recordsIn(output));
    await writeFile(log, "");
    const { child, ended } = start(output);
    // Each run gets some pictures further than the one before.
    const pictures = 1 + 2 * kills;
    const killed = waitFor(async () => child.exitCode !== null || (await generated()).length >= pictures);
    await killed.then(() => child.kill("SIGKILL"));
    finished = (await ended) === 0;
    if (!finished) kills++;
    const done = (await generated()).filter((line) => line !== "end").map((path) => `${relative(input, path)}.json`);
    // Nothing twice.
    expect(done.filter((name) => before.has(name))).toEqual([]);
    // Nothing lost, and no half file.
    const after = await recordsIn(output);
    expect(after).toEqual(expect.arrayContaining([...before]));
    for (const name of after)
      expect(readSa1b(await readFile(join(output, name), "utf8")).masks.length).toBeGreaterThan(0);
  }
  expect(kills).toBeGreaterThan(2);
  // Not even a file that only a dead run knew of.
  expect(await filesIn(output)).toEqual(await filesIn(whole));
  expect((await recordsIn(output)).length).toBe(PICTURES);
  for (const name of await recordsIn(whole)) {
    expect(await readFile(join(output, name), "utf8")).toBe(await readFile(join(whole, name), "utf8"));
  }
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
