import { describe, expect, test } from "vitest";
import { GpuLoss } from "../../../core/runtime/gpuLoss.js";

/** A runtime's environment whose device can be lost. */
function environment() {
  let lose = (_: { message?: string }): void => undefined;
  const lost = new Promise<{ message?: string }>((resolve) => {
    lose = resolve;
  });
  return { env: { webgpu: { device: Promise.resolve({ lost }) } }, lose };
}

describe("a lost graphics device", () => {
  test("ends the run that would wait for ever, and refuses those after it", async () => {
    const { env, lose } = environment();
    const loss = new GpuLoss(env);
    const run = loss.guard(() => new Promise(() => undefined));
    lose({ message: "driver reset" });
    const refused = { kind: "runtime", message: "The graphics device was lost: driver reset" };
    await expect(run).rejects.toMatchObject(refused);
    let asked = false;
    await expect(loss.guard(async () => (asked = true))).rejects.toMatchObject(refused);
    expect(asked).toBe(false);
  });

  test("leaves runs alone that end before, with their value or their own error", async () => {
    const loss = new GpuLoss(environment().env);
    expect(await loss.guard(async () => 7)).toBe(7);
    await expect(loss.guard(() => Promise.reject(new Error("wrong shape")))).rejects.toThrow("wrong shape");
  });

  test("is nothing to a runtime that shows no device", async () => {
    for (const env of [{}, { webgpu: {} }, { webgpu: { device: Promise.resolve(undefined) } }])
      expect(await new GpuLoss(env).guard(async () => 7)).toBe(7);
  });
});
