import { Worker } from "node:worker_threads";
import { createEngine, createWorkerEngine, type Engine, point, type Raster } from "@masksmith/core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildEngineWorker } from "../../support/decoderWorkers.js";
import { smallModel } from "../../support/smallModel.js";

const PICTURE: Raster = {
  width: 96,
  height: 64,
  channels: 3,
  data: Uint8Array.from({ length: 96 * 64 * 3 }, (_, i) => (i * 7) % 251),
};
const OTHER: Raster = { ...PICTURE, data: PICTURE.data.slice().reverse() };
const CLICK = [{ foreground: [point("document", 40, 30)] }];

let script: URL;
let direct: Engine;
let threads: Worker[];
let engine: Engine;

const spawn = () => {
  const thread = new Worker(script);
  threads.push(thread);
  return thread;
};

beforeAll(async () => {
  script = await buildEngineWorker();
  direct = await createEngine({ model: smallModel });
  threads = [];
  engine = await createWorkerEngine({ model: smallModel, spawn });
});

beforeEach(() => {
  threads = threads.slice(-1);
});

afterAll(async () => {
  await engine?.dispose();
  await direct?.dispose();
});

describe("an engine in a worker", () => {
  test("answers as the direct one does, embeddings and objects included", async () => {
    expect(engine.info).toEqual(direct.info);
    const away = await engine.embed(PICTURE);
    const here = await direct.embed(PICTURE);
    expect(away).toEqual(here);
    expect(await engine.predict(away, CLICK, { logits: true })).toEqual(
      await direct.predict(here, CLICK, { logits: true }),
    );
    const auto = { pointsPerSide: 2, predIouThresh: 0, stabilityScoreThresh: 0 };
    const added: number[] = [];
    const found = await engine.generate(PICTURE, { auto, onMasks: (update) => added.push(update.added.length) });
    expect(found).toEqual(await direct.generate(PICTURE, { auto }));
    expect(added.length).toBeGreaterThan(0);
  });

  test("its start tells of bytes, and an embed of its progress", async () => {
    const starting: number[] = [];
    const encoding: number[] = [];
    const other = await createWorkerEngine({
      model: smallModel,
      spawn,
      onProgress: ({ fraction }) => starting.push(fraction),
    });
    await other.embed(OTHER, { onProgress: ({ fraction }) => encoding.push(fraction) });
    await other.dispose();
    expect(starting[0]).toBe(0);
    expect(starting.at(-1)).toBe(1);
    expect(encoding).toEqual([0, 1]);
  });

  test("an embed that is cancelled ends with its worker; the next call goes on with what was embedded", async () => {
    const known = await engine.embed(PICTURE);
    const cancel = new AbortController();
    const stopped = engine.embed(OTHER, { signal: cancel.signal, onProgress: () => cancel.abort() });
    await expect(stopped).rejects.toMatchObject({ kind: "aborted" });
    expect(engine.holds(known)).toBe(true);
    expect(await engine.predict(known, CLICK)).toEqual(await direct.predict(await direct.embed(PICTURE), CLICK));
    expect(threads.length).toBe(2);
  });

  test("a worker that dies is replaced, and its call answered all the same", async () => {
    const known = await engine.embed(PICTURE);
    const answer = engine.predict(known, CLICK);
    await threads.at(-1)!.terminate();
    expect(await answer).toEqual(await direct.predict(await direct.embed(PICTURE), CLICK));
    expect(threads.length).toBe(2);
  });

  test("a search that is cancelled says so at once", async () => {
    const cancel = new AbortController();
    const search = engine.generate(PICTURE, {
      auto: { pointsPerSide: 8 },
      signal: cancel.signal,
      onProgress: () => cancel.abort(),
    });
    await expect(search).rejects.toMatchObject({ kind: "aborted" });
  });

  test("errors keep their kind, wherever they arise", async () => {
    const damaged = { ...smallModel, read: async () => new Uint8Array(3) };
    await expect(createWorkerEngine({ model: damaged, spawn })).rejects.toMatchObject({
      kind: "model",
      message: expect.stringContaining("is damaged"),
    });
    await expect(createWorkerEngine({ model: smallModel, workers: 4 } as never)).rejects.toMatchObject({
      kind: "input",
    });
    const gone = await createWorkerEngine({ model: smallModel, spawn });
    const embedding = await gone.embed(PICTURE);
    await gone.dispose();
    await expect(gone.predict(embedding, CLICK)).rejects.toMatchObject({ kind: "state" });
  });
});
