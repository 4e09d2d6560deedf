import { MasksmithError } from "../errors.js";

/** What is needed of a `GPUDevice`: https://www.w3.org/TR/webgpu/#dom-gpudevice-lost. */
export interface LosableDevice {
  /** Resolves when the device is gone: destroyed, reset by the driver, its process killed. */
  readonly lost: Promise<{ readonly reason?: string; readonly message?: string }>;
}

/**
 * Fails what runs on a graphics device when that is lost, and whatever is asked of it later: onnxruntime itself may then
 * never answer.
 */
export class DeviceLoss {
  #error: MasksmithError | undefined;
  /** Not `Promise.race` with one promise for all runs: that would keep every run's result. */
  readonly #running = new Set<(error: MasksmithError) => void>();

  constructor(device: LosableDevice) {
    void device.lost.then(({ message }) => {
      const why = message?.split("\n")[0];
      this.#error = new MasksmithError("runtime", `The graphics device was lost${why ? ` (${why})` : ""}`);
      for (const fail of this.#running) fail(this.#error);
    });
  }

  /** The run's result. @throws MasksmithError `runtime` if the device is lost before. */
  async over<T>(run: () => Promise<T>): Promise<T> {
    if (this.#error) throw this.#error;
    let fail: (error: MasksmithError) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.#running.add(fail);
    try {
      return await Promise.race([run(), failed]);
    } finally {
      this.#running.delete(fail);
    }
  }
}
