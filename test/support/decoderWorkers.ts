import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { DecoderWorkers } from "@masksmith/core";
import { build } from "esbuild";
import { workerLike } from "../../hosts/cli/src/workers.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Bundles the command line's worker from its sources, so that tests need no build. Inside node_modules, where its imports resolve. */
export async function buildDecoderWorker(): Promise<URL> {
  const folder = join(root, "node_modules/.cache/masksmith");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `decoderWorker-${process.pid}.mjs`);
  await build({
    entryPoints: [join(root, "hosts/cli/src/decoderWorker.ts")],
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
    return workerLike(thread);
  };
  return { size, spawn, threads };
}
