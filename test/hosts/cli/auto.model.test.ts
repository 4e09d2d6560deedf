import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSa1b, rleArea } from "@masksmith/core";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesIn, fixture, temporaryFolder } from "./cli.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const folder = await temporaryFolder();
afterAll(folder.remove);
let program: string;

/** The command alone, from its sources, with its worker beside it: so the test needs no build. */
beforeAll(async () => {
  const outdir = join(root, "node_modules/.cache/masksmith", `auto-${process.pid}`);
  mkdirSync(outdir, { recursive: true });
  program = join(outdir, "main.js");
  const contents = `
    import { Command } from "commander";
    import { addAuto } from "./hosts/cli/src/commands/auto.js";
    import { outcomeOf } from "./hosts/cli/src/failure.js";
    const program = new Command("masksmith").exitOverride().configureOutput({ outputError: () => {} });
    addAuto(program);
    try {
      await program.parseAsync(process.argv);
      process.exit(0);
    } catch (error) {
      const { exit, line } = outcomeOf(error);
      process.stderr.write(\`masksmith: \${line}\\n\`);
      process.exit(exit);
    }`;
  const shared: BuildOptions = {
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    alias: { "@masksmith/core": join(root, "core/index.ts"), "#ort-wasm": "onnxruntime-web" },
    packages: "bundle",
    external: ["onnxruntime-web", "sharp", "ag-psd", "commander", "@masksmith/model-minisam-vit-t"],
  };
  await build({ ...shared, stdin: { contents, resolveDir: root }, outfile: program });
  await build({
    ...shared,
    entryPoints: [join(root, "hosts/cli/src/decoderWorker.ts")],
    outfile: join(outdir, "decoderWorker.js"),
  });
  await writeFile(join(outdir, "package.json"), '{ "type": "module" }');
});

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [program, "auto", ...args], { cwd: folder.path });
}

async function run(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = start(...args);
  const out = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]!.setEncoding("utf8").on("data", (text: string) => {
      out[stream] += text;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, ...out };
}

const picture = fixture("coffee.png");

describe("masksmith auto", () => {
  test("prints the SA-1B record and nothing else, and writes the same record", async () => {
    const few = ["--points-per-side", "4", "--stability-score-thresh", "0.85", "--encoder", "fast"];
    const { code, stdout, stderr } = await run(picture, ...few, "--json", "-o", folder.file("a/record.json"));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { image, annotations } = JSON.parse(stdout);
    expect(image).toMatchObject({ file_name: "coffee.png", width: 600, height: 400 });
    expect(annotations.length).toBeGreaterThan(1);
    for (const annotation of annotations) {
      expect(annotation).toMatchObject({ crop_box: [0, 0, 600, 400], predicted_iou: expect.any(Number) });
      expect(annotation.stability_score).toBeGreaterThanOrEqual(0.85);
      const [[x, y]] = annotation.point_coords;
      expect([x % 150, y % 100]).toEqual([75, 50]);
    }
    for (const { mask, area } of readSa1b(stdout).masks) expect(rleArea(mask)).toBe(area);
    expect(JSON.parse(await readFile(folder.file("a/record.json"), "utf8"))).toEqual(JSON.parse(stdout));
  });

  test.each([
    [["--points-per-side", "0"], '--points-per-side must be a whole number from 1 to 512, got "0"'],
    [["--points-per-side", "1e3"], "--points-per-side must be a whole number from 1 to 512"],
    [["--pred-iou-thresh", "1.5"], '--pred-iou-thresh must be a number from 0 to 1, got "1.5"'],
    [["--stability-score-thresh", "high"], "--stability-score-thresh must be a number from 0 to 1"],
    [["--stability-score-offset", "-1"], "--stability-score-offset must be a number from 0 to 100"],
    [["--box-nms-thresh", "2"], "--box-nms-thresh must be a number from 0 to 1"],
    [["--crop-n-layers", "9"], "--crop-n-layers must be a whole number from 0 to 4"],
    [["--crop-nms-thresh", ""], "--crop-nms-thresh must be a number from 0 to 1"],
    [["--crop-overlap-ratio", "1"], "--crop-overlap-ratio must be a number from 0 to 0.9"],
    [["--crop-n-points-downscale-factor", "0"], "--crop-n-points-downscale-factor must be a whole number from 1 to 16"],
    [["--min-mask-region-area", "1.5"], "--min-mask-region-area must be a whole number from 0 to 2147483647"],
    [["--encoder", "best"], "--encoder must be one of"],
    [["--shard", "1/2"], "--shard must be left out for a single picture"],
    [["-o", "masks.tiff"], "--out must be a file name that ends in"],
  ])("refuses %j before any work, in one line", async (args, line) => {
    const { code, stdout, stderr } = await run(picture, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(line);
  });

  test("leaves nothing behind when it is interrupted", async () => {
    const before = await filesIn(folder.path);
    const child = start(picture, "--encoder", "fast", "-o", folder.file("interrupted/masks.psd"));
    const ended = new Promise<string | number | null>((resolve) => {
      child.on("close", (code, signal) => resolve(signal ?? code));
    });
    await new Promise((resolve) => setTimeout(resolve, 6000));
    const asked = performance.now();
    child.kill("SIGINT");
    expect(["SIGINT", 130]).toContain(await ended);
    expect(performance.now() - asked).toBeLessThan(1000);
    expect(await filesIn(folder.path)).toEqual(before);
  });
});
