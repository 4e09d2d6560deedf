import { createEngine, type Engine, type ErrorKind, MasksmithError, point, type Raster } from "@masksmith/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { smallModel } from "../../support/smallModel.js";

const PICTURE: Raster = { width: 64, height: 48, channels: 3, data: new Uint8Array(64 * 48 * 3).fill(90) };

let engine: Engine;

beforeAll(async () => {
  engine = await createEngine({ model: smallModel });
});

afterAll(() => engine?.dispose());

/** What a caller without TypeScript can pass. */
const wrong = (value: unknown) => value as never;

async function failure(work: () => Promise<unknown>): Promise<[ErrorKind, string]> {
  const error = await work().then(
    () => new Error("nothing was wrong"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MasksmithError);
  const { kind, message } = error as MasksmithError;
  return [kind, message];
}

describe("what JavaScript lets through is told by name, before any work", () => {
  const model = smallModel;
  test.each([
    ["nothing", undefined, "options"],
    ["an empty object", {}, "model must be a model with manifest and read"],
    ["a model without read", { model: { manifest: {} } }, "model must be"],
    ["a misspelt option", { model, thread: 2 }, '"thread"'],
    ["a negative cache", { model, cacheBytes: -1 }, "cacheBytes must be a number of bytes, 0 or more, got -1"],
    ["workers as a number", { model, workers: 4 }, "workers must be { spawn, size }"],
    ["no number of workers", { model, workers: { spawn: () => 0 } }, "workers.size must be a positive integer"],
    ["a folder without a slash", { model, wasmPaths: "/ort" }, 'got "/ort"'],
    ["no signal", { model, signal: new AbortController() }, "signal must be an AbortSignal"],
  ])("createEngine: %s", async (_, options, says) => {
    const [kind, message] = await failure(() => createEngine(wrong(options)));
    expect(kind).toBe("input");
    expect(message).toContain(says);
  });

  test.each([
    ["nothing", undefined, "raster must be an object"],
    ["an image", { width: 1, height: 1, channels: 4, data: [0, 0, 0, 0] }, "got"],
    [
      "bytes as floats",
      { width: 4, height: 1, channels: 1, data: Float32Array.of(200, 100, 0, 255) },
      "0..maxValue with maxValue, got",
    ],
  ])("embed: %s", async (_, raster, says) => {
    const [kind, message] = await failure(() => engine.embed(wrong(raster)));
    expect(kind).toBe("input");
    expect(message).toContain(says);
  });

  test("embed and generate: unknown options, those of auto at the top", async () => {
    expect((await failure(() => engine.embed(PICTURE, wrong({ regoin: 1 }))))[1]).toContain('"regoin"');
    expect((await failure(() => engine.generate(PICTURE, wrong({ pointsPerSide: 2 }))))[1]).toMatch(
      /auto.*"pointsPerSide"/,
    );
  });

  test("predict: embeddings, prompts and frames that are none", async () => {
    const embedding = await engine.embed(PICTURE);
    const at = [{ foreground: [point("document", 5, 5)] }];
    const promise = engine.embed(PICTURE);
    expect((await failure(() => engine.predict(wrong(undefined), at)))[1]).toContain("embedding must be");
    expect((await failure(() => engine.predict(wrong(promise), at)))[1]).toContain("await it");
    expect((await failure(() => engine.predict(embedding, wrong(at[0]))))[1]).toContain("prompts must be an array");
    expect((await failure(() => engine.predict(embedding, wrong([{ points: [] }]))))[1]).toContain('"points"');
    expect((await failure(() => engine.predict(embedding, wrong([{ foreground: [[5, 5]] }]))))[1]).toContain("point x");
    expect((await failure(() => engine.predict(embedding, wrong([{ mask: {} }]))))[1]).toContain("mask must be");
    const elsewhere = wrong(point("image", 5, 5));
    const [kind, message] = await failure(() => engine.predict(embedding, [{ foreground: [elsewhere] }]));
    expect([kind, message]).toEqual(["input", expect.stringContaining("document's frame")]);
    expect(engine.holds(wrong(undefined))).toBe(false);
  });

  test("a model's reader that gives something else than bytes; an ArrayBuffer will do", async () => {
    const [kind, message] = await failure(() =>
      createEngine({ model: { ...smallModel, read: wrong(async () => undefined) } }),
    );
    expect(kind).toBe("model");
    expect(message).toContain("read must give a Uint8Array, got Undefined");
    const read = async (file: string) => (await smallModel.read(file)).slice().buffer;
    const other = await createEngine({ model: { ...smallModel, read: wrong(read) } });
    await other.dispose();
  });
});

test("a spawn that gives no worker ends generate", async () => {
  const none = await createEngine({ model: smallModel, workers: { spawn: () => wrong({}), size: 1 } });
  expect(await failure(() => none.generate(PICTURE, { auto: { pointsPerSide: 1 } }))).toEqual([
    "input",
    expect.stringContaining("a worker"),
  ]);
  await none.dispose();
});
