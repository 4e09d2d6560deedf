import { type Embedding, type EngineInfo, MasksmithError, type Raster } from "@masksmith/core";
import { expose } from "comlink";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { BackendPlan } from "../../../panel/engine/backends.js";
import { EngineClient } from "../../../panel/engine/client.js";
import type { PageModel } from "../../../panel/engine/clientTypes.js";
import { PageEmbeddingStore } from "../../../panel/engine/embeddingStore.js";
import type { Outcome, PageServices, StartRequest, WorkerApi } from "../../../panel/engine/protocol.js";

type Behaviour = Partial<{
  start(request: StartRequest, services: PageServices): Promise<Outcome<EngineInfo>> | Outcome<EngineInfo>;
  embed(): Promise<Outcome<Embedding>> | Outcome<Embedding>;
  predict(): Promise<Outcome<never[]>> | Outcome<never[]>;
  generate(): Promise<Outcome<never[]>> | Outcome<never[]>;
}>;

/** A worker's other end in this thread, over a real message channel. */
class FakeWorker extends EventTarget {
  readonly #port: MessagePort;
  readonly #other: MessagePort;
  terminated = false;

  constructor(behaviour: Behaviour) {
    super();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#other = port2;
    port1.addEventListener("message", (event) => {
      if (!this.terminated) this.dispatchEvent(new MessageEvent("message", { data: (event as MessageEvent).data }));
    });
    port1.start();
    const info = (request: StartRequest): EngineInfo => ({
      model: { id: "m", name: "m", version: "1", mark: "0" },
      encoder: "e",
      backend: request.backend!,
      reason: "",
      threads: request.threads!,
    });
    const api: Partial<WorkerApi> = {
      holdLock: async () => false,
      start: async (request, services) => behaviour.start?.(request, services) ?? { ok: true, value: info(request) },
      embed: async () => behaviour.embed?.() ?? { ok: true, value: { id: "x" } as Embedding },
      predict: async () => behaviour.predict?.() ?? { ok: true, value: [] },
      generate: async () => behaviour.generate?.() ?? { ok: true, value: [] },
      stop: async () => undefined,
    };
    expose(api, port2 as Parameters<typeof expose>[1]);
    port2.start();
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    if (!this.terminated) this.#port.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.#port.close();
    this.#other.close();
  }

  crash(): void {
    this.dispatchEvent(Object.assign(new Event("error"), { message: "boom" }));
  }
}

const GPU: BackendPlan = { backend: "webgpu", threads: 1, reason: "graphics adapter found" };
const WASM: BackendPlan = { backend: "wasm", threads: 1, reason: "no graphics adapter" };
const raster: Raster = { width: 1, height: 1, channels: 4, data: new Uint8Array(4) };
const failure = (kind: "runtime" | "model" | "input", message: string) => ({
  ok: false as const,
  error: { kind, message },
});
const never = () => new Promise<never>(() => undefined);
const readAndHang = (_: StartRequest, services: PageServices) => {
  void services.readModelFile("encoder.onnx");
  return never();
};
/** Real time, whatever the timers are. */
const { setTimeout: wait } = globalThis;
const real = (ms: number) => new Promise<void>((resolve) => wait(resolve, ms));

const clients: EngineClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
  vi.useRealTimers();
});

function start(behaviours: Behaviour[], plans: BackendPlan[] = [WASM], idleMs = 60_000) {
  const workers: FakeWorker[] = [];
  const client = new EngineClient({
    spawn: () => {
      const worker = new FakeWorker(behaviours[Math.min(workers.length, behaviours.length - 1)]);
      workers.push(worker);
      return worker as unknown as Worker;
    },
    loadAsset: async () => new Uint8Array(8),
    model: () => ({ manifest: {}, read: async () => new Uint8Array(8) }),
    plan: async () => plans,
    embeddings: new PageEmbeddingStore(),
    idleMs,
  });
  clients.push(client);
  return { client, workers };
}

describe("engine client", () => {
  test("an aborted encode ends its worker at once; the next call has a new one", async () => {
    const { client, workers } = start([{ embed: never }, {}]);
    const abort = new AbortController();
    const embedding = client.embed(raster, { signal: abort.signal });
    await vi.waitFor(() => expect(client.status.phase).toBe("ready"));
    const at = performance.now();
    abort.abort();
    await expect(embedding).rejects.toMatchObject({ kind: "aborted" });
    expect(performance.now() - at).toBeLessThan(100);
    expect(workers[0].terminated).toBe(true);
    await expect(client.embed(raster)).resolves.toMatchObject({ id: "x" });
    expect(workers).toHaveLength(2);
  });

  test("clicks are answered while all objects are searched for; a search that does not stop ends its worker", async () => {
    const { client, workers } = start([{ generate: never }, {}]);
    const abort = new AbortController();
    const search = client.generate(raster, { signal: abort.signal });
    await vi.waitFor(() => expect(client.status.phase).toBe("ready"));
    await expect(client.predict({ id: "x" } as Embedding, [])).resolves.toEqual([]);
    expect(workers).toHaveLength(1);
    const at = performance.now();
    abort.abort();
    await expect(search).rejects.toMatchObject({ kind: "aborted" });
    expect(performance.now() - at).toBeLessThan(50);
    await vi.waitFor(() => expect(workers[0].terminated).toBe(true), { timeout: 500 });
    await expect(client.predict({ id: "x" } as Embedding, [])).resolves.toEqual([]);
    expect(workers).toHaveLength(2);
  });

  test("another model is gone over to; one that does not start leaves the one in use, and calls made meanwhile wait", async () => {
    const bad = { start: () => failure("model", "damaged") };
    const { client, workers } = start([{}, bad, {}, {}]);
    await client.embed(raster);
    let accepted = 0;
    const other = { manifest: {}, read: async () => new Uint8Array(8) };
    const refused = client.adopt(other, () => accepted++);
    const meanwhile = client.predict({ id: "x" } as Embedding, []);
    await expect(refused).rejects.toMatchObject({ kind: "model", message: "damaged" });
    await expect(meanwhile).resolves.toEqual([]);
    expect(accepted).toBe(0);
    expect(client.status).toMatchObject({ phase: "ready", error: null, left: [] });
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true, false]);
    await client.adopt(other, () => accepted++);
    expect(accepted).toBe(1);
    expect(workers.map(({ terminated }) => terminated)).toEqual([true, true, true, false]);
  });

  test("going over can be cancelled while files are read, which ends the reading", async () => {
    const { client, workers } = start([{}, { start: readAndHang }, {}]);
    await client.embed(raster);
    const abort = new AbortController();
    const stages: string[] = [];
    let signal: AbortSignal | undefined;
    const slow: PageModel = {
      manifest: {},
      read: (_, options) => {
        signal = options?.signal;
        options?.onProgress?.(0.5);
        return never();
      },
    };
    const going = client.adopt(slow, () => undefined, {
      signal: abort.signal,
      onProgress: ({ stage, fraction }) => stages.push(`${stage} ${fraction}`),
    });
    await vi.waitFor(() => expect(stages).toContain("Reading encoder.onnx 0.5"));
    abort.abort();
    await expect(going).rejects.toMatchObject({ kind: "aborted" });
    expect(signal?.aborted).toBe(true);
    await expect(client.embed(raster)).resolves.toMatchObject({ id: "x" });
    expect(workers).toHaveLength(3);
  });

  test("a start is given up after three minutes of silence, not of reading", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { client } = start([{ start: readAndHang }]);
    let progress: (fraction: number) => void = () => undefined;
    const slow: PageModel = {
      manifest: {},
      read: (_, options) => {
        progress = options!.onProgress!;
        return never();
      },
    };
    let failed: unknown;
    client
      .adopt(slow, () => undefined)
      .catch((error) => {
        failed = error;
      });
    await vi.waitFor(() => expect(client.status.phase).toBe("starting"));
    await real(50);
    for (let i = 0; i < 4; i++) {
      await vi.advanceTimersByTimeAsync(170_000);
      progress(i / 4);
    }
    await real(20);
    expect(failed).toBeUndefined();
    await vi.advanceTimersByTimeAsync(181_000);
    await real(20);
    expect(String(failed)).toMatch(/no answer in 180 s/);
  });

  test("a crash is chance once: the call is done again in a new worker", async () => {
    const { client, workers } = start([{ predict: never }, {}]);
    const answer = client.predict({} as Embedding, []);
    await vi.waitFor(() => expect(client.status.phase).toBe("ready"));
    workers[0].crash();
    await expect(answer).resolves.toEqual([]);
    expect(client.status.left).toEqual([]);
  });

  test("a backend that fails later is left for the next, and the status says so", async () => {
    const { client, workers } = start([{ predict: () => failure("runtime", "device lost") }, {}], [GPU, WASM]);
    await expect(client.predict({} as Embedding, [])).resolves.toEqual([]);
    expect(client.status.info).toMatchObject({ backend: "wasm", reason: "no graphics adapter" });
    expect(client.status.left).toEqual(["WebGPU: device lost"]);
    expect(workers[0].terminated).toBe(true);
  });

  test("a backend that does not start is left; when none is left the error comes out, and a new try starts anew", async () => {
    let broken = true;
    const { client } = start(
      [{ start: (r) => (broken ? failure("runtime", `no ${r.backend}`) : undefined!) }],
      [GPU, WASM],
    );
    await expect(client.embed(raster)).rejects.toThrow("no wasm");
    expect(client.status).toMatchObject({ phase: "failed", error: "no wasm" });
    broken = false;
    await expect(client.embed(raster)).resolves.toMatchObject({ id: "x" });
    expect(client.status.phase).toBe("ready");
  });

  test("a damaged model and a wrong argument are nobody's backend: typed, and not tried elsewhere", async () => {
    const damaged = start([{ start: () => failure("model", "encoder.onnx is damaged") }], [GPU, WASM]);
    await expect(damaged.client.embed(raster)).rejects.toMatchObject({ kind: "model" });
    expect(damaged.workers).toHaveLength(1);
    const wrong = start([{ predict: () => failure("input", "point x must be a finite number") }]);
    const error = await wrong.client.predict({} as Embedding, []).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(MasksmithError);
    expect(error).toMatchObject({ kind: "input" });
    expect(wrong.workers[0].terminated).toBe(false);
  });

  test("previews are latest-wins and a click overtakes them", async () => {
    const order: string[] = [];
    let release = () => {};
    let calls = 0;
    const { client } = start([
      {
        predict: () =>
          calls++ === 0
            ? new Promise((resolve) => (release = () => resolve({ ok: true, value: [] })))
            : { ok: true, value: [] },
      },
    ]);
    const ask = (name: string, lane?: string) =>
      client.predict({} as Embedding, [], lane ? { lane } : {}).then(
        () => order.push(name),
        (error) => order.push(`${name} ${(error as MasksmithError).kind}`),
      );
    const first = ask("first", "hover");
    await vi.waitFor(() => expect(calls).toBe(1));
    const all = [first, ask("stale", "hover"), ask("newest", "hover"), ask("click")];
    release();
    await Promise.all(all);
    expect(order).toEqual(["stale aborted", "first", "click", "newest"]);
    expect(calls).toBe(3);
  });

  test("memory is freed after idleness and the next call starts again", async () => {
    const { client, workers } = start([{}], [WASM], 30);
    await client.embed(raster);
    await vi.waitFor(() => expect(client.status.phase).toBe("resting"));
    expect(workers[0].terminated).toBe(true);
    await client.embed(raster);
    expect(workers).toHaveLength(2);
  });
});
