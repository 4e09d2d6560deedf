import { type Candidate, NO_CLEAN_UP, type Raster, rleToSoft, softToRle } from "@masksmith/core";
import { describe, expect, test, vi } from "vitest";
import { Answering, Predictions } from "../../../../panel/session/answering/index.js";
import type { Looker, PixelTools, RefinementSettings } from "../../../../panel/session/refining/refinement.js";
import { Refiner } from "../../../../panel/session/refining/refiner.js";
import { addAct, chooseCandidate, EMPTY_WORK, setActive, type Work } from "../../../../panel/state/index.js";
import { ownClock } from "../../../support/clock.js";
import { DOCUMENT, embedding, FakePredictor, openDocument, pointAct, settle } from "../../support.js";

ownClock();

const DEFAULTS: RefinementSettings = { secondLook: true, edges: "natural", cleanUp: NO_CLEAN_UP };
/** Longer than the pause before refinement begins. */
const BEGUN_MS = 320;

/** Tools that answer at once and count their calls; the second look sees `seen`. */
function tools(seen: Candidate | null = null) {
  const calls = { look: 0, edges: 0, finish: 0 };
  const made: PixelTools & Looker = {
    look: async () => {
      calls.look++;
      return seen ? { candidate: seen, cell: 1 } : undefined;
    },
    edges: async ({ mask }) => {
      calls.edges++;
      return rleToSoft(mask);
    },
    finish: async (soft) => {
      calls.finish++;
      const mask = softToRle(soft, DOCUMENT);
      return { soft, mask, area: candidateArea(soft.data), bbox: [soft.x, soft.y, soft.width, soft.height] };
    },
    decontaminate: async (raster) => raster,
  };
  return { calls, made };
}

const candidateArea = (data: Uint8Array) => data.reduce((sum, value) => sum + (value >> 7), 0);

function start({ calls, made } = tools()) {
  const answers = new Answering(new Predictions(new FakePredictor()));
  let [settings, document, present, work] = [DEFAULTS, DOCUMENT, embedding("a"), EMPTY_WORK];
  const refiner = new Refiner({
    host: {
      readPixels: async (region) => {
        const [width, height] = [region!.x1 - region!.x0, region!.y1 - region!.y0];
        const raster: Raster = { width, height, channels: 4, data: new Uint8Array(width * height * 4) };
        return { raster, region: region!, version: document.version };
      },
    },
    answering: answers,
    tools: made,
    document: openDocument(
      () => document,
      () => present,
    ),
    settings: () => settings,
    wanted: () => work.objects,
  });
  answers.answers.subscribe(() => refiner.update());
  answers.setEmbedding(present);
  return {
    calls,
    made,
    answers,
    refiner,
    show: (next: Work) => {
      work = next;
      answers.setObjects(work.objects);
    },
    set: (change: Partial<RefinementSettings>) => {
      settings = { ...settings, ...change };
      refiner.update();
    },
    repaint: () => {
      document = { ...document, version: "2" };
      present = embedding("b");
      answers.setEmbedding(present);
    },
    shown: () => refiner.shown(work.objects[0]),
    object: () => work.objects[0],
  };
}

describe("refinement in the background", () => {
  test("begins when nothing else is asked, and each setting redoes only what it changes", async () => {
    const { calls, show, set, shown } = start();
    show(addAct(EMPTY_WORK, pointAct(3)));
    await settle(50);
    expect([calls.look, shown()]).toEqual([0, null]);
    await settle(BEGUN_MS);
    expect(calls).toEqual({ look: 1, edges: 1, finish: 1 });
    expect(shown()!.soft).toBeDefined();
    set({ cleanUp: { ...NO_CLEAN_UP, feather: 2 } });
    await settle(20);
    expect(calls).toEqual({ look: 1, edges: 1, finish: 2 });
    set({ edges: "hair" });
    await settle(BEGUN_MS);
    expect(calls).toEqual({ look: 2, edges: 2, finish: 3 });
    set({ edges: "natural" });
    await settle(20);
    expect(calls).toEqual({ look: 2, edges: 2, finish: 4 });
  });

  test("a newer act ends it; it is taken up again afterwards", async () => {
    const { made, show, shown } = start();
    const ended = vi.fn();
    const look = made.look;
    made.look = (_, __, ___, ____, options) =>
      new Promise((_resolve, reject) => {
        options!.signal!.addEventListener("abort", () => {
          ended();
          reject(new Error("aborted"));
        });
      });
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await settle(BEGUN_MS);
    made.look = look;
    show(addAct(setActive(one, null), pointAct(20)));
    expect(ended).toHaveBeenCalledOnce();
    await settle(2 * BEGUN_MS);
    expect(shown()).not.toBeNull();
  });

  test("follows the answer that the user picks: another one is shown as it is, and refined in its turn", async () => {
    const { made, show, shown } = start();
    const looked: number[] = [];
    made.look = async (_, __, { area }) => {
      looked.push(area);
      return undefined;
    };
    const refined = (area: number) => vi.waitFor(() => expect(shown()?.area).toBe(area));
    const one = addAct(EMPTY_WORK, pointAct(3));
    show(one);
    await refined(101);
    show(chooseCandidate(one, one.active!, 1));
    expect(shown()).toBeNull();
    await refined(51);
    expect(looked).toEqual([101, 51]);
  });

  test("a failure is said, not repeated by itself, and tried again when told to", async () => {
    const { calls, made, refiner, show, shown } = start();
    const { edges } = made;
    made.edges = async () => {
      throw new Error("out of memory");
    };
    show(addAct(EMPTY_WORK, pointAct(3)));
    await settle(2 * BEGUN_MS);
    expect(refiner.state.value).toEqual({ stage: null, error: "out of memory" });
    expect([calls.look, shown()]).toEqual([1, null]);
    made.edges = edges;
    refiner.retry();
    await settle(BEGUN_MS);
    expect(refiner.state.value.error).toBeNull();
    expect(shown()).not.toBeNull();
  });

  test("an output waits for what is not done yet, and does not do it twice", async () => {
    const { calls, refiner, show, object } = start();
    show(addAct(EMPTY_WORK, pointAct(3)));
    await settle(20);
    const { signal } = new AbortController();
    const [a, b] = await Promise.all([refiner.final(object(), signal), refiner.final(object(), signal)]);
    expect(a.soft).toBeDefined();
    expect(b).toBe(a);
    await settle(BEGUN_MS);
    expect(calls).toEqual({ look: 1, edges: 1, finish: 1 });
  });

  test("pixels that have changed since are not looked at: the model's own edges serve", async () => {
    const { calls, refiner, show, repaint, object } = start();
    const { signal } = new AbortController();
    show(addAct(EMPTY_WORK, pointAct(3)));
    await settle(20);
    repaint();
    expect((await refiner.final(object(), signal)).area).toBeGreaterThan(100);
    expect(calls).toEqual({ look: 0, edges: 0, finish: 0 });
  });
});
