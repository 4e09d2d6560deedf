import type { Backend } from "@masksmith/core";

/** One way to run the model, best first in a plan. */
export interface BackendPlan {
  readonly backend: Backend;
  readonly threads: number;
  /** Why this one, in words a user may read. */
  readonly reason: string;
}

/** What the page can do; separate from the globals so that tests can state it. */
export interface Capabilities {
  readonly gpu: GpuProbe | undefined;
  readonly crossOriginIsolated: boolean;
  readonly cores: number;
}

interface GpuProbe {
  requestAdapter(options?: { powerPreference?: string }): Promise<GpuAdapter | null>;
}

interface GpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean };
}

/** Which backends the user allows; `auto` takes the best that works. */
export type BackendChoice = "auto" | "webgpu" | "wasm";

const ADAPTER_TIMEOUT_MS = 3_000;
/** More threads gain nothing on matrices of this size, and each costs memory. */
const MOST_THREADS = 8;

export function pageCapabilities(): Capabilities {
  return {
    gpu: (navigator as Navigator & { gpu?: GpuProbe }).gpu,
    crossOriginIsolated: globalThis.crossOriginIsolated && typeof SharedArrayBuffer === "function",
    cores: navigator.hardwareConcurrency || 1,
  };
}

/** The backends worth trying, best first; the last, one WASM thread, runs everywhere. */
export async function planBackends(capabilities: Capabilities, choice: BackendChoice = "auto"): Promise<BackendPlan[]> {
  const plans: BackendPlan[] = [];
  const adapter = choice === "wasm" ? "not wanted" : await probeAdapter(capabilities.gpu);
  const software = adapter === "software";
  if (adapter === "found" || (software && choice === "webgpu")) {
    plans.push({
      backend: "webgpu",
      threads: 1,
      reason: software ? "chosen in the settings" : "graphics adapter found",
    });
  }
  const withoutGpu = NO_GPU[adapter];
  const threads = Math.min(capabilities.cores, MOST_THREADS);
  if (capabilities.crossOriginIsolated && threads > 1) {
    plans.push({ backend: "wasm", threads, reason: `${withoutGpu}; the page may share memory between threads` });
  }
  const why = threads > 1 ? "this page may not share memory between threads" : "one processor core";
  plans.push({ backend: "wasm", threads: 1, reason: `${withoutGpu}; ${why}` });
  return plans;
}

type Adapter = "found" | "software" | "none" | "absent" | "silent" | "not wanted";

const NO_GPU: Readonly<Record<Adapter, string>> = {
  found: "the graphics adapter was left",
  software: "the graphics adapter is emulated, which is slower",
  none: "no graphics adapter",
  absent: "no WebGPU here",
  silent: "the graphics adapter did not answer",
  "not wanted": "chosen in the settings",
};

async function probeAdapter(gpu: GpuProbe | undefined): Promise<Adapter> {
  if (!gpu) return "absent";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Adapter>((resolve) => {
    timer = setTimeout(() => resolve("silent"), ADAPTER_TIMEOUT_MS);
  });
  const asked = gpu.requestAdapter({ powerPreference: "high-performance" }).then(
    (adapter): Adapter => {
      if (!adapter) return "none";
      return adapter.isFallbackAdapter || adapter.info?.isFallbackAdapter ? "software" : "found";
    },
    (): Adapter => "none",
  );
  const answer = await Promise.race([asked, late]);
  clearTimeout(timer);
  return answer;
}

/** A backend in words: what it runs on. */
export function planName(plan: Pick<BackendPlan, "backend" | "threads">): string {
  if (plan.backend === "webgpu") return "WebGPU";
  return plan.threads > 1 ? `WebAssembly on ${plan.threads} threads` : "WebAssembly on one thread";
}
