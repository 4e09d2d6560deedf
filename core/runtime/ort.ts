import type * as Ort from "onnxruntime-web";
import { importWasm, importWebgpu, pathsIn } from "#platform";
import { invalid, MasksmithError } from "../errors.js";
import type { EngineBackend } from "../types.js";
import { type GpuEnvironment, GpuLoss } from "./gpuLoss.js";

/** What the core uses of an onnxruntime package: onnxruntime-web and onnxruntime-node are alike in it. */
export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor"> & { readonly env?: GpuEnvironment };

/** A runtime outside the web's, which a host that has one hands in: the core itself imports none. */
export interface NativeRuntime {
  /** The module onnxruntime-node. */
  readonly ort: OrtModule;
  /** Execution providers in the order of preference, e.g. `["cuda", "cpu"]`. */
  readonly providers: readonly string[];
  /** Bytes that may still be allocated now. */
  availableMemory(): number;
}

/** How onnxruntime is to be started; see `EngineOptions`. */
export interface OrtOptions {
  readonly backend: EngineBackend;
  readonly threads: number;
  readonly wasmBinary?: Uint8Array | undefined;
  readonly wasmPaths?: string | undefined;
  readonly native?: NativeRuntime | undefined;
}

/** The binary of each build, as onnxruntime-web calls it. */
const BINARY = {
  wasm: "ort-wasm-simd-threaded.wasm",
  webgpu: "ort-wasm-simd-threaded.asyncify.wasm",
} as const;

/** Threads of the builds in use, as asked for: each is one runtime a realm, and its settings are fixed by its first start. */
const started = new Map<EngineBackend, number>();

/**
 * Imports the onnxruntime-web build for a backend and sets its environment. The WebGPU build runs its WASM kernels 1.6
 * to 3 times slower than the plain one, so it is loaded only where WebGPU is asked for. `#platform` (package.json) knows the
 * builds for browsers and for Node. The native runtime comes with the options and lives beside the others.
 * @throws MasksmithError `state` if this realm already runs with another number of threads; a worker of its own may have its
 * own. `runtime` without a graphics adapter.
 */
export async function loadOrt(options: OrtOptions): Promise<OrtModule> {
  const { backend, threads } = options;
  if (backend === "native") {
    if (!options.native) throw invalid("backend", "wasm or webgpu where no native runtime is given", backend);
    return options.native.ort;
  }
  const running = started.get(backend) ?? threads;
  if (running !== threads) {
    throw new MasksmithError(
      "state",
      `onnxruntime has started here with ${running} thread(s), which it keeps: ${threads} need a worker of their own`,
    );
  }
  if (backend === "webgpu") await checkAdapter();
  const ort = await (backend === "webgpu" ? importWebgpu() : importWasm());
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  if (options.wasmBinary) ort.env.wasm.wasmBinary = options.wasmBinary;
  if (options.wasmPaths !== undefined) ort.env.wasm.wasmPaths = pathsIn(options.wasmPaths, BINARY[backend]);
  return ort;
}

let loss: GpuLoss | undefined;

/** The watch over the device that all sessions of this realm share; none where they run on the processor. */
export function gpuLossOf(ort: OrtModule, { backend }: OrtOptions): GpuLoss | undefined {
  if (backend === "webgpu") loss ??= new GpuLoss(ort.env ?? {});
  return backend === "webgpu" ? loss : undefined;
}

/** Called once the first session stands: from then on the realm's runtime is what it is. */
export function markStarted(options: OrtOptions): void {
  if (options.backend === "native") return;
  if (!started.has(options.backend)) started.set(options.backend, options.threads);
}

/** Threads that run: one where the realm may not share memory, whatever was asked for. */
export function runningThreads(ort: OrtModule, { backend, threads }: OrtOptions): number {
  return backend === "native" ? threads : (ort.env?.wasm?.numThreads ?? threads);
}

/** A page's graphics, as far as they are asked for here. */
interface Graphics {
  readonly navigator?: { readonly gpu?: { requestAdapter(): Promise<object | null> } };
}

/** Before tens of megabytes are loaded for nothing. @throws MasksmithError `runtime`. */
async function checkAdapter(): Promise<void> {
  const { gpu } = (globalThis as Graphics).navigator ?? {};
  if (!gpu) throw new MasksmithError("runtime", "Backend webgpu cannot run: there is no WebGPU here");
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) throw new MasksmithError("runtime", "Backend webgpu cannot run: there is no graphics adapter");
}
