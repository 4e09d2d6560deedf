import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { MasksmithError, type OrtModule } from "@masksmith/core";
import { reasonOf } from "./failure.js";

/** onnxruntime-node, loaded. */
export interface NativePackage {
  readonly ort: OrtModule;
  readonly version: string;
  /** Execution providers that may work here, the best first; the last is the processor. */
  readonly providers: readonly string[];
}

/** The package's own list of what it can do. */
interface WithBackends {
  listSupportedBackends?(): readonly { readonly name: string; readonly bundled: boolean }[];
}

/** Accelerators in the order they are tried. */
const ACCELERATORS = ["cuda", "dml", "coreml"];
/** The library that the CUDA provider needs beside the binding; the package's install script fetches it. */
const CUDA_LIBRARY = "libonnxruntime_providers_cuda.so";

/**
 * Loads onnxruntime-node, which is no dependency of ours: on Linux its install script downloads CUDA libraries. It is looked
 * for beside this program, and in the folder that `MASKSMITH_ONNXRUNTIME_NODE` names.
 * @returns undefined if it is not installed.
 * @throws MasksmithError `runtime` if it is there and does not load.
 */
export async function loadNative(): Promise<NativePackage | undefined> {
  const require = createRequire(import.meta.url);
  let entry: string;
  try {
    entry = require.resolve(process.env.MASKSMITH_ONNXRUNTIME_NODE || "onnxruntime-node");
  } catch {
    return undefined;
  }
  try {
    const ort = require(entry) as OrtModule & WithBackends;
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { ort, version, providers: providersOf(ort, root) };
  } catch (cause) {
    throw new MasksmithError("runtime", `onnxruntime-node does not load: ${reasonOf(cause)}`, { cause });
  }
}

function providersOf(ort: WithBackends, root: string): string[] {
  const offered = ort.listSupportedBackends?.() ?? [];
  const binaries = join(root, "bin", "napi-v6", process.platform, process.arch);
  const works = (name: string) =>
    offered.some((backend) => backend.name === name && (backend.bundled || existsSync(join(binaries, CUDA_LIBRARY))));
  return [...ACCELERATORS.filter(works), "cpu"];
}
