import { type EmbedOptions, type EngineInfo, MasksmithError, type Raster } from "@masksmith/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host, HostDocument } from "../../../../panel/host.js";
import { DocumentReader } from "../../../../panel/session/document/documentReader.js";
import { encodedFraction } from "../../../../panel/session/document/encodeTimes.js";
import { embedding } from "../../support.js";

const INFO: EngineInfo = {
  model: { id: "m", name: "M", version: "1", mark: "m-1" },
  encoder: "fast",
  backend: "wasm",
  threads: 4,
  reason: "",
};
const RASTER: Raster = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };

/** Encodes for as long as it is told, by the clock of the test; `known`: answers from memory. */
class FakeEngine {
  status = { info: INFO as EngineInfo | null };
  ms = 0;
  known = false;

  async embed(_: Raster, { signal, onProgress }: EmbedOptions = {}) {
    const stage = "Reading the picture";
    if (!this.known) {
      onProgress?.({ stage, fraction: 0 });
      await new Promise((resolve) => setTimeout(resolve, this.ms));
    }
    if (signal?.aborted) throw new MasksmithError("aborted", "cancelled");
    onProgress?.({ stage, fraction: 1 });
    return embedding("e");
  }
}

describe("how far an encode is", () => {
  const settings = new Map<string, unknown>();
  const host = {
    readPixels: async () => ({ raster: RASTER, region: undefined }),
    readSetting: async (key: string) => settings.get(key),
    writeSetting: async (key: string, value: unknown) => void settings.set(key, value),
  } as unknown as Host;
  let engine: FakeEngine;
  let reader: DocumentReader;
  let version = 0;

  beforeEach(() => {
    vi.useFakeTimers();
    settings.clear();
    engine = new FakeEngine();
    reader = new DocumentReader(host, engine);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Opens the next state of the document and lets some time pass. */
  async function openFor(ms: number): Promise<void> {
    reader.open({ id: "d", version: `${++version}`, name: "d", width: 40, height: 30 } as unknown as HostDocument);
    await vi.advanceTimersByTimeAsync(ms);
  }
  const expected = () => reader.picture.value.encoding?.expectedMs ?? null;

  test("is not known the first time, and then by the last encode, also after a new start", async () => {
    engine.ms = 4_000;
    await openFor(3_999);
    expect(reader.picture.value.phase).toBe("reading");
    expect(expected()).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(reader.picture.value.phase).toBe("ready");

    reader = new DocumentReader(host, engine);
    engine.ms = 3_000;
    await openFor(2_000);
    expect(expected()).toBe(4_000);
    expect(encodedFraction(reader.picture.value.encoding!, performance.now())).toBeCloseTo(0.45, 2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(reader.picture.value).toMatchObject({ phase: "ready", encoding: null });

    await openFor(10);
    expect(expected()).toBe(3_000);
  });

  test("is not taken from another backend or model, from an encode that was stopped, or from one answered from memory", async () => {
    engine.ms = 4_000;
    await openFor(2_000);
    reader.cancel();
    expect(reader.picture.value).toMatchObject({ phase: "stopped", encoding: null });
    await vi.advanceTimersByTimeAsync(10_000);
    engine.known = true;
    await openFor(10);
    engine.known = false;
    await openFor(10);
    expect(expected()).toBeNull();
    await vi.advanceTimersByTimeAsync(4_000);
    for (const other of [
      { ...INFO, backend: "webgpu" as const, threads: 1 },
      { ...INFO, model: { ...INFO.model, mark: "m-2" } },
    ]) {
      engine.status.info = other;
      await openFor(10);
      expect(expected()).toBeNull();
    }
    engine.status.info = INFO;
    await openFor(10);
    expect(expected()).toBe(4_000);
  });

  test("what storage holds is not trusted", async () => {
    engine.ms = 100;
    await openFor(100);
    const [key] = settings.keys();
    for (const value of [-1, 0, Number.NaN, "4000", null, {}]) {
      settings.set(key!, value);
      await openFor(10);
      expect(expected()).toBeNull();
      reader.cancel();
    }
  });

  test("rises all the time and never shows the end", () => {
    const ms = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e6, noNaN: true }), ms, ms, (expectedMs, a, b) => {
        const at = (now: number) => encodedFraction({ startedMs: 50, expectedMs }, 50 + now);
        const [early, late] = [at(Math.min(a, b)), at(Math.max(a, b))];
        expect(early).toBeGreaterThanOrEqual(0);
        expect(late).toBeGreaterThanOrEqual(early);
        expect(Math.round(100 * late)).toBeLessThan(100);
      }),
    );
    expect(encodedFraction({ startedMs: 0, expectedMs: 1_000 }, 2_000)).toBeGreaterThan(
      encodedFraction({ startedMs: 0, expectedMs: 1_000 }, 1_000),
    );
  });
});
