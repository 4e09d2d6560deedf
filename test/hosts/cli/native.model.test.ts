import { mkdir, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { rleFromCoco, rleIou } from "@masksmith/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadNative } from "../../../hosts/cli/src/native.js";
import { fixture, run, temporaryFolder, tinyModel } from "./cli.js";

const click = ["segment", fixture("coffee.png"), "--point", "300,190", "--json"];
const installed = await loadNative();
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tiny: Awaited<ReturnType<typeof tinyModel>>;

/** A package that behaves as onnxruntime-node does, over onnxruntime-web. @param backends what it says it can do. */
async function fakePackage(name: string, backends: readonly string[], refuse = ""): Promise<string> {
  const root = folder.file(name);
  await mkdir(`${root}/dist`, { recursive: true });
  await writeFile(
    `${root}/package.json`,
    JSON.stringify({ name: "onnxruntime-node", version: "1.30.0", main: "dist/index.js" }),
  );
  const web = pathToFileURL(new URL(import.meta.resolve("onnxruntime-web")).pathname).href;
  await writeFile(
    `${root}/dist/index.js`,
    `exports.Tensor = class { constructor(...parts) { return new (globalThis.ortTensor)(...parts); } };
     exports.listSupportedBackends = () => ${JSON.stringify(backends.map((name) => ({ name, bundled: true })))};
     exports.InferenceSession = { async create(file, options) {
       const ort = await import(${JSON.stringify(web)});
       globalThis.ortTensor = ort.Tensor;
       if (options.executionProviders.includes(${JSON.stringify(refuse)})) throw new Error("no such device");
       const { executionProviders, intraOpNumThreads, ...rest } = options;
       const bytes = typeof file === "string" ? require("node:fs").readFileSync(file) : file;
       return ort.InferenceSession.create(bytes, rest);
     } };`,
  );
  return root;
}

beforeAll(async () => {
  folder = await temporaryFolder();
  tiny = await tinyModel();
});
afterAll(() => folder.remove());
afterAll(() => tiny.remove());

describe("--backend", () => {
  const env = () => ({ XDG_CACHE_HOME: folder.file("cache") });

  test.skipIf(installed)("native says how to install it where it is not; auto takes what there is", async () => {
    const refused = await run([...click, "--backend", "native"], { env: env() });
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(
      /^masksmith: The native backend is not installed: npm install [^\n]*onnxruntime-node[^\n]*\n$/,
    );
    const auto = await run([...click.slice(0, -1), "--backend", "auto"], { env: env() });
    expect([auto.code, auto.stdout]).toEqual([0, expect.stringContaining("wasm")]);
  });

  test("native runs on the package named, and falls back to the processor where its accelerator does not start", async () => {
    const fake = await fakePackage("fake", ["cuda", "cpu"], "cuda");
    const named = { ...env(), MASKSMITH_ONNXRUNTIME_NODE: fake };
    const args = [...click.slice(0, -1), "--model", "tiny", "--backend", "native"];
    const first = await run(args, { env: { ...tiny.env, ...named } });
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining("native")]);
    expect(first.stderr).toMatch(/^masksmith: cuda does not work \(.*no such device\): using the CPU instead\n$/);
  });

  test("a package that does not load is told of in one line", async () => {
    const root = await fakePackage("broken", ["cpu"]);
    await writeFile(`${root}/dist/index.js`, "throw new Error('wrong libc')");
    const result = await run([...click, "--backend", "native"], {
      env: { ...env(), MASKSMITH_ONNXRUNTIME_NODE: root },
    });
    expect([result.code, result.stderr]).toEqual([1, "masksmith: onnxruntime-node does not load: wrong libc\n"]);
  });

  test("another name is refused", async () => {
    const result = await run([...click, "--backend", "tpu"]);
    expect([result.code, result.stderr]).toEqual([
      2,
      expect.stringMatching(/Allowed choices are wasm, webgpu, native, auto/),
    ]);
  });

  test.skipIf(!installed)("native gives the mask of wasm (needs onnxruntime-node)", async () => {
    const masks = [];
    for (const backend of ["wasm", "native"]) {
      const { stdout } = await run([...click, "--backend", backend], { env: env() });
      masks.push(rleFromCoco(JSON.parse(stdout).masks[0].segmentation));
    }
    expect(rleIou(masks[0], masks[1])).toBeGreaterThan(0.999);
  });
});
