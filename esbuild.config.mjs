import { writeFile } from "node:fs/promises";
import { build } from "esbuild";

const shared = {
  bundle: true,
  format: "esm",
  target: "es2022",
  packages: "external",
  sourcemap: true,
  logLevel: "info",
};

await build({
  ...shared,
  entryPoints: ["core/index.ts"],
  external: ["#platform"],
  outfile: "core/dist/index.js",
  platform: "neutral",
});
await build({
  ...shared,
  entryPoints: ["core/platform/web.ts", "core/platform/node.ts"],
  external: ["node:worker_threads"],
  outdir: "core/dist/platform",
  sourcemap: false,
  platform: "neutral",
});
// The workers: each imports one build of onnxruntime, at the top, since workers that Vite builds may not import later.
for (const [name, script, platform] of [
  ["worker", "webWorker", "wasmWorker"],
  ["webgpuWorker", "webWorker", "webgpuWorker"],
  ["nodeWorker", "nodeWorker", "node"],
  ["decoderWorker", "webDecoder", "wasmWorker"],
  ["nodeDecoderWorker", "nodeDecoder", "node"],
]) {
  await build({
    ...shared,
    entryPoints: { [name]: `core/platform/${script}.ts` },
    alias: { "#platform": `./core/platform/${platform}.ts` },
    outdir: "core/dist",
    sourcemap: false,
    external: ["node:worker_threads"],
    platform: "neutral",
  });
}
await writeFile("core/dist/worker.d.ts", "export {};\n");
// Vite 7's dev server moves a dependency's code to another folder, away from its files, unless its entry has this ending.
await writeFile("core/dist/index.jsx", 'export * from "./index.js";\n');
await build({
  ...shared,
  entryPoints: ["hosts/cli/src/main.ts", "hosts/cli/src/decoderWorker.ts"],
  outdir: "hosts/cli/dist",
  platform: "node",
});
await import("./hosts/browser/build.mjs");
