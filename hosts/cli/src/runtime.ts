import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine, type EngineBackend, type EngineOptions, MasksmithError } from "@masksmith/core";
import { cacheFolder } from "./folders.js";
import { availableMemory } from "./memory.js";
import { loadNative, type NativePackage } from "./native.js";
import { notice } from "./terminal.js";

/** What `--backend` takes. `auto`: native where it is installed. */
export const BACKENDS = ["wasm", "webgpu", "native", "auto"] as const;
export type BackendChoice = (typeof BACKENDS)[number];

/** How a command's engine is to be made: spread into `createEngine`'s options. */
export type Runtime = Pick<EngineOptions<EngineBackend>, "backend" | "native" | "threads" | "verdicts">;

/** @throws MasksmithError `runtime`, how to install the native runtime, if it is asked for and not there. */
export async function chooseRuntime(options: {
  readonly backend?: BackendChoice;
  readonly threads?: number;
}): Promise<Runtime> {
  const { backend = "wasm", threads } = options;
  const given = threads === undefined ? {} : { threads };
  if (backend === "wasm" || backend === "webgpu") return { backend, ...given };
  const found = await loadNative();
  if (!found) {
    if (backend === "auto") return { backend: "wasm", ...given };
    throw new MasksmithError(
      "runtime",
      "The native backend is not installed: npm install --ignore-scripts onnxruntime-node@1.30.0 (with its scripts, to have CUDA on Linux)",
    );
  }
  return nativeRuntime(found, found.providers, threads);
}

/** An engine, wherever it runs. */
export type AnyEngine = Engine<EngineBackend>;

/**
 * An engine on a chosen runtime. Where the native runtime's accelerator does not start, or computes wrongly, its processor
 * part does the work, and a line says so.
 */
export async function startEngine(
  options: Omit<EngineOptions<EngineBackend>, keyof Runtime> & { readonly runtime: Runtime },
): Promise<AnyEngine> {
  const { runtime, ...rest } = options;
  const { native, verdicts } = runtime;
  const own = (providers: readonly string[] = []) =>
    verdicts ? { verdicts: verdictsOf(verdicts, rest.model.manifest, providers) } : {};
  try {
    return await createEngine<EngineBackend>({ ...rest, ...runtime, ...own(native?.providers) });
  } catch (error) {
    const isAccelerated = native && native.providers.length > 1;
    if (!isAccelerated || !(error instanceof MasksmithError) || error.kind !== "runtime") throw error;
    notice(`${native.providers[0]} does not work (${error.message}): using the CPU instead`);
    const processor = { ...native, providers: ["cpu"] };
    return createEngine<EngineBackend>({ ...rest, ...runtime, ...own(processor.providers), native: processor });
  }
}

type Verdicts = NonNullable<Runtime["verdicts"]>;

/** Verdicts of this model on these providers alone: another model may come by the same id later. */
function verdictsOf(verdicts: Verdicts, manifest: unknown, providers: readonly string[]): Verdicts {
  const mark = createHash("sha256")
    .update(JSON.stringify([manifest, providers]))
    .digest("hex");
  return {
    get: (key) => verdicts.get(`${mark} ${key}`),
    set: (key, verdict) => verdicts.set(`${mark} ${key}`, verdict),
  };
}

function nativeRuntime(found: NativePackage, providers: readonly string[], threads: number | undefined): Runtime {
  return {
    backend: "native",
    threads: threads ?? availableParallelism(),
    native: { ort: found.ort, providers, availableMemory },
    verdicts: verdictFiles(found.version),
  };
}

/** Golden checks that have passed, a small file each; all failures are silent, it is a cache. */
function verdictFiles(version: string): Verdicts {
  const folder = join(cacheFolder(), "verdicts");
  const path = (key: string) =>
    join(folder, createHash("sha256").update(`${version} ${key}`).digest("hex").slice(0, 32));
  return {
    get: (key) => readFile(path(key), "utf8").catch(() => undefined),
    set: async (key, verdict) => {
      await mkdir(folder, { recursive: true }).catch(() => {});
      await writeFile(path(key), verdict).catch(() => {});
    },
  };
}
