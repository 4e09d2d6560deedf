import { afterEach, describe, expect, test, vi } from "vitest";
import { type Capabilities, planBackends } from "../../../panel/engine/backends.js";

afterEach(() => {
  vi.useRealTimers();
});

describe("backends", () => {
  const adapter = (value: object | null) => ({ requestAdapter: async () => value });
  const capabilities = (change: Partial<Capabilities>): Capabilities => ({
    gpu: undefined,
    crossOriginIsolated: false,
    cores: 4,
    ...change,
  });
  const names = async (change: Partial<Capabilities>, choice?: "auto" | "webgpu" | "wasm") =>
    (await planBackends(capabilities(change), choice)).map(({ backend, threads }) => `${backend}${threads}`);

  test("the best that the page can do comes first and one thread is always last", async () => {
    expect(await names({})).toEqual(["wasm1"]);
    expect(await names({ crossOriginIsolated: true })).toEqual(["wasm4", "wasm1"]);
    expect(await names({ crossOriginIsolated: true, cores: 1 })).toEqual(["wasm1"]);
    expect(await names({ gpu: adapter({}), crossOriginIsolated: true })).toEqual(["webgpu1", "wasm4", "wasm1"]);
    expect(await names({ gpu: adapter({}) }, "wasm")).toEqual(["wasm1"]);
    expect(await names({ gpu: adapter(null) })).toEqual(["wasm1"]);
  });

  test("an emulated adapter is used only when asked for, a silent one is not waited for", async () => {
    expect(await names({ gpu: adapter({ isFallbackAdapter: true }) })).toEqual(["wasm1"]);
    expect(await names({ gpu: adapter({ info: { isFallbackAdapter: true } }) }, "webgpu")).toEqual([
      "webgpu1",
      "wasm1",
    ]);
    vi.useFakeTimers();
    const plan = planBackends(capabilities({ gpu: { requestAdapter: () => new Promise<never>(() => undefined) } }));
    await vi.advanceTimersByTimeAsync(5_000);
    expect((await plan)[0].reason).toContain("did not answer");
  });
});
