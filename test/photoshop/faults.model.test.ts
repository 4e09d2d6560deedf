import { afterAll, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { writePsd } from "../../hosts/browser/src/psd/index.js";
import type { ApplyItem, Output } from "../../panel/host.js";
import type { PixelsOnWire } from "../../plugin/bridge/index.js";
import { documentState, noise, noiseMask, pixelLayer, random } from "../hosts/browser/states.js";
import { LONG } from "../support/long.js";
import { contentOf, sumOf } from "./content.js";
import { pause, TestPage } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { type Fault, Simulator } from "./simulator/simulator.js";
import { type Variants, WORST } from "./simulator/variants.js";

const W = 40;
const H = 30;
const RUNS = Number(process.env.MASKSMITH_FAULT_RUNS ?? (LONG ? 400 : 220));
const SEED = Number(process.env.MASKSMITH_FAULT_SEED ?? 7);

/** Reading pixels, of all layers or of the active one. */
interface Read {
  readonly kind: "read";
  readonly layer: "active" | null;
}
type Act = Output | Read;

const ACTS: readonly Act[] = [
  { kind: "selection", mode: "replace" },
  { kind: "selection", mode: "intersect" },
  { kind: "layer-mask", mode: "replace" },
  { kind: "layer-mask", mode: "subtract" },
  { kind: "new-layer" },
  { kind: "alpha-channel" },
  { kind: "path" },
  { kind: "group" },
  { kind: "read", layer: null },
  { kind: "read", layer: "active" },
];
const STEP_FAULTS: readonly Fault[] = ["cancel", "throw", "error-descriptor", "close", "memory", "switch"];
const FAULTS = [...STEP_FAULTS, "busy", "page-killed", "abort", "lost"] as const;
/** What may be worse than the worst case of each: the rolled back layer stays active, or masks do not come as they should. */
const VARIANTS: readonly Partial<Variants>[] = [
  {},
  { rollsBackActive: true },
  { maskFromSelection: "ignores" },
  { maskFromSelection: "error", putMask: "creates", putOutside: "black" },
  { composite: "fails" },
];
/** What the user paints on: all colours, the active layer's mask, one colour, an alpha channel. */
const CHANNELS = ["composite", "mask", "Colour 1", "Alpha 1"] as const;
const ITEMS: readonly ApplyItem[] = [
  { name: "Cup", mask: noiseMask(4, 5, 18, 14, 1), parent: null },
  { name: "Handle", mask: noiseMask(6, 7, 6, 5, 2), parent: 0 },
];

const outcomes = { changed: 0, unchanged: 0, steps: 0 };
afterAll(() => {
  process.stdout.write(`fault runs: seeds ${SEED}..${SEED + RUNS - 1}, ${JSON.stringify(outcomes)}\n`);
});

function opened(lostEvery = 0, variants: Partial<Variants> = {}, activeChannel = "composite") {
  const simulator = new Simulator({ ...variants, bridge: { ...WORST.bridge, lostEvery } });
  const layers = [
    pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 1, true) }),
    pixelLayer(2, {
      width: W,
      height: H,
      pixels: noise(W, H, 2, false),
      mask: mask(toCoverage(noiseMask(0, 0, 30, 20, 5))),
    }),
  ];
  const channels = [{ id: 90, name: "Alpha 1", coverage: noiseMask(3, 3, 8, 8, 6) }];
  const picture = { ...documentState(W, H, layers), channels };
  const other = simulator.open(documentState(W, H), { name: "Other" });
  const document = simulator.open(picture, { name: "Mine" });
  document.act("Select", document.selected(toCoverage(noiseMask(2, 2, 9, 9, 9))));
  document.state = { ...document.state, activeChannel };
  return { simulator, document, other, page: new TestPage(simulator) };
}

function mask<T>(coverage: T): T & { enabled: true } {
  return { ...coverage, enabled: true };
}

/** Does it; of a reading what was read, as a sum of its bytes. */
async function perform(page: TestPage, act: Act, signal: AbortSignal): Promise<string | null> {
  if (act.kind !== "read") {
    await page.apply(act, ITEMS, signal);
    return null;
  }
  const params = { region: null, maxSide: 2048, known: null, layer: act.layer };
  const { data, region } = (await page.end.call("readPixels", params, { signal })) as PixelsOnWire;
  return `${JSON.stringify(region)} ${sumOf(data)}`;
}

interface Reference {
  /** Calls of Photoshop's, to put faults at each of them. */
  readonly calls: number;
  readonly content: unknown;
  readonly pixels: string | null;
}

const references = new Map<string, Promise<Reference>>();

/** The same without a fault. */
function referenceOf(act: Act, variants: Partial<Variants>, activeChannel: string): Promise<Reference> {
  const key = JSON.stringify([act, variants, activeChannel]);
  const known = references.get(key) ?? faultless(act, variants, activeChannel);
  references.set(key, known);
  return known;
}

async function faultless(act: Act, variants: Partial<Variants>, activeChannel: string): Promise<Reference> {
  const { simulator, document, page } = opened(0, variants, activeChannel);
  await page.start();
  const before = simulator.calls.length;
  const pixels = await perform(page, act, new AbortController().signal);
  page.close();
  return { calls: simulator.calls.length - before, content: contentOf(document), pixels };
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
  const { picture, activeLayers, activeChannel, workPath } = document.state;
  expect(picture.selection).toBe(state.picture.selection);
  expect({ activeLayers, activeChannel, workPath }).toEqual({
    activeLayers: state.activeLayers,
    activeChannel: state.activeChannel,
    workPath: state.workPath,
  });
  expect(document.history).toHaveLength(history);
  expect(Buffer.compare(Buffer.from(writePsd(picture)), bytes)).toBe(0);
}

type Kind = (typeof FAULTS)[number];
type Arm = (opened: { simulator: Simulator; page: TestPage; abort: AbortController }) => void;

/** Nothing runs any more and nothing is held, for as long as a busy machine takes. */
async function settled(simulator: Simulator): Promise<void> {
  const end = Date.now() + 5_000;
  for (let calls = -1; Date.now() < end; ) {
    if (!simulator.inScope && simulator.imaging.leaked === 0 && calls === simulator.calls.length) return;
    calls = simulator.calls.length;
    await pause(40);
  }
}

/** One act with a fault: all of it, exactly as without the fault, or nothing, nothing elsewhere, words for the user, and the next try works. */
async function run(act: Act, fault: Kind, variants: Partial<Variants>, activeChannel: string, arm: Arm): Promise<void> {
  const { simulator, document, other, page } = opened(fault === "lost" ? 4 : 0, variants, activeChannel);
  try {
    await page.start();
    const before = remember(document);
    const foreign = remember(other);
    const abort = new AbortController();
    arm({ simulator, page, abort });
    const reference = await referenceOf(act, variants, activeChannel);
    let pixels: string | null = null;
    const error = await perform(page, act, abort.signal).then(
      (read) => {
        pixels = read;
        return null;
      },
      (reason: unknown) => reason as Error,
    );
    // A killed page hears no answer, but what runs comes to its end.
    await settled(simulator);
    const changed = document.state.picture !== before.state.picture;
    outcomes[changed ? "changed" : "unchanged"]++;
    if (changed) {
      expect(document.history).toHaveLength(before.history + 1);
      expect(contentOf(document)).toEqual(reference.content);
    } else if (document.isOpen) expectUntouched(document, before);
    // A page that is gone or hears nothing cannot be told that all went well.
    const isDeaf = fault === "page-killed" || fault === "lost";
    if (error && !isDeaf) expect(changed && document.isOpen, error.message).toBe(false);
    if (error) expect(error.message.length).toBeGreaterThan(10);
    if (!error) expect([changed, pixels]).toEqual([act.kind !== "read", reference.pixels]);
    expectUntouched(other, foreign);
    expect(simulator.imaging.leaked).toBe(0);

    simulator.blocker = null;
    simulator.fault = null;
    if (!document.isOpen) return;
    simulator.active = document;
    const steps = document.history.length;
    Object.assign(simulator.variants.bridge, { lostEvery: 0 });
    const again = () => page.apply({ kind: "selection", mode: "replace" }, ITEMS.slice(0, 1));
    // Where the page is coming back just then it says so: "try again".
    await again().catch((reason: unknown) => {
      if (!isDeaf) throw reason;
      return again();
    });
    expect(document.history).toHaveLength(steps + 1);
    expect(document.state.picture.selection).toEqual(ITEMS[0].mask);
    if (act.kind === "read") expect(await perform(page, act, new AbortController().signal)).toBe(reference.pixels);
    expect(page.webview.askedInScope).toBe(0);
  } finally {
    page.close();
  }
}

test.concurrent.each(Array.from({ length: RUNS }, (_, i) => SEED + i))(
  "seed %i: all of it or nothing, and the next try works",
  async (seed) => {
    const next = random(seed);
    const act = ACTS[Math.floor(next() * ACTS.length)];
    const variants = VARIANTS[Math.floor(next() * VARIANTS.length)];
    const fault = FAULTS[seed % FAULTS.length];
    const channel = CHANNELS[Math.floor(next() * CHANNELS.length)];
    const { calls } = await referenceOf(act, variants, channel);
    await run(act, fault, variants, channel, ({ simulator, page, abort }) => {
      const at = simulator.calls.length + Math.floor(next() * calls);
      if (fault === "busy") simulator.blocker = "Free Transform";
      else if (fault === "page-killed") setTimeout(() => page.webview.load(), next() * 30);
      else if (fault === "abort") setTimeout(() => abort.abort(), next() * 30);
      else if (fault !== "lost") simulator.fault = { at, kind: fault };
    });
  },
);

/** Those that make a difference to an act. */
function variantsOf({ kind }: Act): readonly Partial<Variants>[] {
  if (kind === "layer-mask" || kind === "group") return VARIANTS;
  return VARIANTS.filter((variants) => !("maskFromSelection" in variants));
}

describe.runIf(LONG)("each fault at each step", () => {
  test.concurrent.each(ACTS.flatMap((act) => STEP_FAULTS.map((fault) => [act, fault] as const)))(
    "%o %s",
    async (act, fault) => {
      for (const variants of variantsOf(act)) {
        const { calls } = await referenceOf(act, variants, "composite");
        for (let step = 0; step < calls; step++) {
          outcomes.steps++;
          const where = `step ${step} of ${calls}, ${JSON.stringify(variants)}`;
          await run(act, fault, variants, CHANNELS[step % CHANNELS.length], ({ simulator }) => {
            simulator.fault = { at: simulator.calls.length + step, kind: fault };
          }).catch((error: unknown) => {
            throw new Error(`${where}: ${(error as Error).message}`, { cause: error });
          });
        }
      }
    },
  );
});
