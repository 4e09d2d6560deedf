import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { ApplyItem, Output } from "../../panel/host.js";
import { documentState, noise, pixelLayer } from "../hosts/browser/states.js";
import { LONG } from "../support/long.js";
import { pause, TestPage } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { Simulator } from "./simulator/simulator.js";
import type { Variants } from "./simulator/variants.js";

const SIDE = 10_000;
const LIMIT = 600e6;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** All that lives in this process; buffers are given back some time after their collection. */
async function living(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await pause(2);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes of the simulated documents: Photoshop's own, not the plugin's. */
function ownedBy(document: SimDocument): number {
  const buffers = new Set<ArrayBufferLike>();
  const seen = new Set<object>();
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) buffers.add(value.buffer);
    else for (const member of Object.values(value)) walk(member);
  };
  walk([document.state, document.history]);
  return [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const whole = { x: 0, y: 0, width: SIDE, height: SIDE };
/** Half covered everywhere, in bounds of its own. */
function large(name: string, x: number, parent: number | null = null): ApplyItem {
  const width = SIDE - x;
  return { name, mask: { ...whole, x, width, data: new Uint8Array(width * SIDE).fill(200) }, parent };
}
/** No two bytes alike: what cannot be packed comes as it is. */
function unpackable(name: string): ApplyItem {
  const data = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < data.length; i++) data[i] = 1 + ((Math.imul(i, 2_654_435_761) >>> 24) % 255);
  return { name, mask: { ...whole, data }, parent: null };
}
const ONE = () => [large("Wall", 0)];
const SEVERAL = () => [large("Wall", 0), large("Window", 10, 0), large("Door", 20), large("Roof", 30)];

type Case = readonly [Output, Partial<Variants>, () => readonly ApplyItem[]];
const CASES: Readonly<Record<string, Case>> = {
  "a selection": [{ kind: "selection", mode: "intersect" }, {}, ONE],
  "a selection of bytes that cannot be packed": [
    { kind: "selection", mode: "replace" },
    {},
    () => [unpackable("Sand")],
  ],
  // Both ways to a mask, one after the other.
  "a layer mask": [{ kind: "layer-mask", mode: "intersect" }, { maskFromSelection: "ignores" }, ONE],
  "a layer mask of four objects": [{ kind: "layer-mask", mode: "add" }, { maskFromSelection: "ignores" }, SEVERAL],
  "four masked layers": [{ kind: "group" }, {}, SEVERAL],
  "four masked layers, masks written": [{ kind: "group" }, { maskFromSelection: "ignores" }, SEVERAL],
  "four new layers": [{ kind: "new-layer" }, {}, SEVERAL],
  "four alpha channels": [{ kind: "alpha-channel" }, {}, SEVERAL],
};

/** The most that lives while something runs: at each call of Photoshop's, and again and again between them. */
async function mostDuring(simulator: Simulator, ours: () => Promise<number>, work: Promise<void>): Promise<number> {
  let most = 0;
  let isDone = false;
  const sample = async () => {
    most = Math.max(most, await ours());
  };
  const step = simulator.step.bind(simulator);
  simulator.step = async (...call) => {
    await sample();
    return step(...call);
  };
  const between = (async () => {
    while (!isDone) await sample();
  })();
  await work.finally(() => {
    isDone = true;
    simulator.step = step;
  });
  await between;
  return most;
}

describe.runIf(LONG)("a document of 100 megapixels, objects as large as it, a selection as large", () => {
  test.each(Object.entries(CASES))("%s: Photoshop's side of the plugin holds less than 600 MB", async (name, given) => {
    const [output, variants, items] = given;
    const simulator = new Simulator({ ...variants, bridge: { ...new Simulator().variants.bridge, bytesPerSecond: 0 } });
    const present = () => new Uint8Array(SIDE * SIDE).fill(100);
    const strip = pixelLayer(1, {
      ...{ x: 2000, y: 100, width: 6000, height: 2, pixels: noise(6000, 2, 1, true) },
      mask: { ...toCoverage({ ...whole, data: present() }), enabled: true },
    });
    const picture = { ...documentState(8, 8), width: SIDE, height: SIDE, layers: [strip], activeLayer: 1 };
    const document = simulator.open(picture);
    document.act("Select", document.selected(toCoverage({ ...whole, data: present() })));
    const page = new TestPage(simulator);
    try {
      await page.start();
      const objects = items();
      const before = (await living()) - ownedBy(document);
      const ours = async () => (await living()) - ownedBy(document) - before;
      const most = await mostDuring(simulator, ours, page.apply(output, objects));
      process.stdout.write(`100 MP, ${name}: ${Math.round(most / 1e6)} MB\n`);
      expect(most).toBeLessThan(LIMIT);
      expect(simulator.imaging.warned).toBe(false);
      expect(simulator.imaging.leaked).toBe(0);
      expect(await ours()).toBeLessThan(30e6);
    } finally {
      page.close();
    }
  });
});
