import { mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { DecoderWorkers } from "@masksmith/core";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles the command line's worker from its sources, so that tests need no build. */
export function buildDecoderWorker(): Promise<URL> {
  return buildWorker("hosts/cli/src/decoderWorker.ts");
}

/** The same for the core's own engine worker. */
export function buildEngineWorker(): Promise<URL> {
  return buildWorker("core/platform/nodeWorker.ts");
}

/** Inside node_modules, where its imports resolve. */
async function buildWorker(source: string): Promise<URL> {
  const folder = join(root, "node_modules/.cache/masksmith");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(source, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, source)],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    logLevel: "error",
    alias: { "@masksmith/core": join(root, "core/index.ts"), "#platform": join(root, "core/platform/node.ts") },
    external: ["onnxruntime-web"],
  });
  return pathToFileURL(outfile);
}

/** A pool's workers, with the threads themselves for tests that harm them. */
export function watchedWorkers(file: URL, size: number): DecoderWorkers & { readonly threads: Worker[] } {
  const threads: Worker[] = [];
  const spawn = () => {
    const thread = new Worker(file);
    threads.push(thread);
    thread.once("exit", () => threads.splice(threads.indexOf(thread), 1));
    return thread;
  };
  return { size, spawn, threads };
}
