import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { Output } from "../../plugin/panel/host.js";
import { documentState, noise, pixelLayer } from "../hosts/browser/states.js";
import { LONG } from "./long.js";
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

const CASES: readonly (readonly [Output, Partial<Variants>])[] = [
  [{ kind: "selection", mode: "intersect" }, {}],
  // Both ways to a mask, one after the other.
  [{ kind: "layer-mask", mode: "intersect" }, { maskFromSelection: "ignores" }],
];

describe.runIf(LONG)("a document of 100 megapixels, an object as large as it, a selection as large", () => {
  const mask = { x: 0, y: 0, width: SIDE, height: SIDE, data: new Uint8Array(SIDE * SIDE).fill(200) };

  test.each(CASES)("%o %o: Photoshop's side of the plugin holds less than 600 MB", async (output, variants) => {
    const simulator = new Simulator({ ...variants, bridge: { ...new Simulator().variants.bridge, bytesPerSecond: 0 } });
    const strip = pixelLayer(1, {
      ...{ x: 2000, y: 100, width: 6000, height: 2, pixels: noise(6000, 2, 1, true) },
      mask: { ...toCoverage({ ...mask, data: mask.data.slice() }), enabled: true },
    });
    const picture = { ...documentState(8, 8), width: SIDE, height: SIDE, layers: [strip], activeLayer: 1 };
    const document = simulator.open(picture);
    document.act("Select", document.selected(toCoverage({ ...mask, data: mask.data.slice() })));
    const page = new TestPage(simulator);
    try {
      await page.start();
      const before = (await living()) - ownedBy(document);
      let most = 0;
      const step = simulator.step.bind(simulator);
      simulator.step = async (...call) => {
        most = Math.max(most, (await living()) - ownedBy(document) - before);
        return step(...call);
      };
      await page.apply(output, [{ name: "Wall", mask, parent: null }]);
      simulator.step = step;
      const mode = "mode" in output ? output.mode : "";
      process.stdout.write(`100 MP ${output.kind} ${mode}: ${Math.round(most / 1e6)} MB\n`);
      expect(most).toBeLessThan(LIMIT);
      expect(simulator.imaging.warned).toBe(false);
      expect(simulator.imaging.leaked).toBe(0);
      expect((await living()) - ownedBy(document) - before).toBeLessThan(30e6);
    } finally {
      page.close();
    }
  });
});
