import { MasksmithError } from "../errors.js";

/** What is looked at of onnxruntime's environment, once a session has started: the WebGPU device, the threads. */
export interface GpuEnvironment {
  readonly webgpu?: { readonly device?: unknown };
  readonly wasm?: { readonly numThreads?: number };
}

interface Losable {
  readonly lost: PromiseLike<{ readonly message?: string }>;
}

/**
 * Ends runs whose GPU device is gone (driver reset, graphics card taken away, too little memory): the device tells by its
 * promise `lost` (WebGPU, section 22.1), while the run itself may wait for ever.
 */
export class GpuLoss {
  #error: MasksmithError | null = null;
  readonly #running = new Set<(error: MasksmithError) => void>();

  /** @param env of the runtime, after its first session has started. */
  constructor(env: GpuEnvironment) {
    void this.#watch(env);
  }

  /** @throws MasksmithError `runtime` if the device is lost before the run ends. */
  async guard<T>(run: () => Promise<T>): Promise<T> {
    if (this.#error) throw this.#error;
    let end = (_: MasksmithError): void => undefined;
    const lost = new Promise<never>((_, reject) => {
      end = reject;
    });
    this.#running.add(end);
    try {
      return await Promise.race([run(), lost]);
    } finally {
      this.#running.delete(end);
    }
  }

  async #watch({ webgpu }: GpuEnvironment): Promise<void> {
    const device = await webgpu?.device;
    if (!isLosable(device)) return;
    const { message } = await device.lost;
    this.#error = new MasksmithError("runtime", `The graphics device was lost${message ? `: ${message}` : ""}`);
    for (const end of this.#running) end(this.#error);
  }
}

function isLosable(device: unknown): device is Losable {
  return typeof device === "object" && device !== null && "lost" in device;
}
