import { afterAll, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { writePsd } from "../../hosts/browser/src/psd/index.js";
import type { ApplyItem, Output } from "../../plugin/panel/host.js";
import { documentState, noise, noiseMask, pixelLayer, random } from "../hosts/browser/states.js";
import { TestPage } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { type Fault, Simulator } from "./simulator/simulator.js";
import { WORST } from "./simulator/variants.js";

const W = 40;
const H = 30;
const RUNS = Number(process.env.MASKSMITH_FAULT_RUNS ?? 240);
const SEED = 7;

const OUTPUTS: readonly Output[] = [
  { kind: "selection", mode: "replace" },
  { kind: "selection", mode: "intersect" },
  { kind: "layer-mask", mode: "replace" },
  { kind: "layer-mask", mode: "subtract" },
  { kind: "new-layer" },
  { kind: "alpha-channel" },
  { kind: "path" },
  { kind: "group" },
];
const FAULTS: readonly (Fault | "busy" | "page-killed" | "abort" | "lost")[] = [
  "cancel",
  "throw",
  "error-descriptor",
  "close",
  "memory",
  "switch",
  "busy",
  "page-killed",
  "abort",
  "lost",
];
const ITEMS: readonly ApplyItem[] = [
  { name: "Cup", mask: noiseMask(4, 5, 18, 14, 1), parent: null },
  { name: "Handle", mask: noiseMask(6, 7, 6, 5, 2), parent: 0 },
];

const outcomes = { changed: 0, unchanged: 0 };
afterAll(() => {
  process.stdout.write(`fault runs: seeds ${SEED}..${SEED + RUNS - 1}, ${JSON.stringify(outcomes)}\n`);
});

function opened(lostEvery: number) {
  const simulator = new Simulator({ bridge: { ...WORST.bridge, lostEvery } });
  const layers = [
    pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 1, true) }),
    pixelLayer(2, {
      width: W,
      height: H,
      pixels: noise(W, H, 2, false),
      mask: mask(toCoverage(noiseMask(0, 0, 30, 20, 5))),
    }),
  ];
  const picture = documentState(W, H, layers);
  const other = simulator.open(documentState(W, H), { name: "Other" });
  const document = simulator.open(picture, { name: "Mine" });
  document.act("Select", document.selected(toCoverage(noiseMask(2, 2, 9, 9, 9))));
  return { simulator, document, other, page: new TestPage(simulator) };
}

function mask<T>(coverage: T): T & { enabled: true } {
  return { ...coverage, enabled: true };
}

/** How many calls of Photoshop's an output makes, to put faults at each of them. */
const lengths = new Map<Output, number>();
async function callsOf(output: Output): Promise<number> {
  const known = lengths.get(output);
  if (known !== undefined) return known;
  const { simulator, page } = opened(0);
  await page.start();
  const before = simulator.calls.length;
  await page.apply(output, ITEMS);
  page.close();
  const count = simulator.calls.length - before;
  lengths.set(output, count);
  return count;
}

interface Before {
  readonly state: SimDocument["state"];
  readonly bytes: Buffer;
  readonly history: number;
}

function remember(document: SimDocument): Before {
  const { state } = document;
  return { state, bytes: Buffer.from(writePsd(state.picture)), history: document.history.length };
}

/** Exactly as before: layers' bytes, selection, active layer and channel, history. */
function expectUntouched(document: SimDocument, { state, bytes, history }: Before): void {
  expect(document.state).toBe(state);
  expect(document.history).toHaveLength(history);
  expect(Buffer.compare(Buffer.from(writePsd(document.state.picture)), bytes)).toBe(0);
}

test.each(Array.from({ length: RUNS }, (_, i) => SEED + i))(
  "seed %i: all of it or nothing, and the next try works",
  async (seed) => {
    const next = random(seed);
    const output = OUTPUTS[Math.floor(next() * OUTPUTS.length)];
    const fault = FAULTS[seed % FAULTS.length];
    const calls = await callsOf(output);
    const { simulator, document, other, page } = opened(fault === "lost" ? 3 : 0);
    try {
      await page.start();
      const before = remember(document);
      const foreign = remember(other);
      const at = simulator.calls.length + Math.floor(next() * calls);
      const abort = new AbortController();
      if (fault === "busy") simulator.blocker = "Free Transform";
      else if (fault === "page-killed") setTimeout(() => page.webview.load(), next() * 30);
      else if (fault === "abort") setTimeout(() => abort.abort(), next() * 30);
      else if (fault !== "lost") simulator.fault = { at, kind: fault };
      const error = await page.apply(output, ITEMS, abort.signal).then(
        () => null,
        (reason: unknown) => reason as Error,
      );
      // A killed page hears no answer, but what runs comes to its end.
      while (simulator.inScope) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 40));
      const changed = document.state !== before.state;
      outcomes[changed ? "changed" : "unchanged"]++;
      if (changed) expect(document.history).toHaveLength(before.history + 1);
      else expectUntouched(document, before);
      if (error && fault !== "page-killed") expect(changed, error.message).toBe(false);
      if (error) expect(error.message.length).toBeGreaterThan(10);
      expectUntouched(other, foreign);
      expect(simulator.imaging.leaked).toBe(0);

      simulator.blocker = null;
      simulator.fault = null;
      if (!simulator.documents.includes(document)) return;
      simulator.active = document;
      const steps = document.history.length;
      await page.apply({ kind: "selection", mode: "replace" }, ITEMS.slice(0, 1));
      expect(document.history).toHaveLength(steps + 1);
      expect(document.state.picture.selection).toEqual(ITEMS[0].mask);
    } finally {
      page.close();
    }
  },
);
