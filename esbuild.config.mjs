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
  external: ["#ort-wasm"],
  outfile: "core/dist/index.js",
  platform: "neutral",
});
await build({
  ...shared,
  entryPoints: ["hosts/cli/src/main.ts", "hosts/cli/src/decoderWorker.ts"],
  outdir: "hosts/cli/dist",
  platform: "node",
});
await import("./hosts/browser/build.mjs");
