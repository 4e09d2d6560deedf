import { encodeRle, type SoftMask } from "@masksmith/core";
import { afterEach, describe, expect, test } from "vitest";
import { inverted, readRow, toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { Coverage, GroupLayer, Layer, PixelLayer } from "../../hosts/browser/src/document/model.js";
import type { ApplyItem, SelectionMode } from "../../plugin/panel/host.js";
import { documentState, groupLayer, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { PsdFile } from "./psdFile.js";
import { pause, TestPage, until } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { Simulator } from "./simulator/simulator.js";
import type { DocumentOptions } from "./simulator/state.js";
import { selectLayers } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

const W = 61;
const H = 47;
const MASK = noiseMask(9, 6, 22, 17, 3);
const OTHER = noiseMask(20, 12, 25, 20, 4);
const MODES: readonly SelectionMode[] = ["replace", "add", "subtract", "intersect"];

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

interface Opened {
  readonly simulator: Simulator;
  readonly document: SimDocument;
  readonly page: TestPage;
}

function open(layers: readonly Layer[], options: DocumentOptions = {}, variants: Partial<Variants> = {}): Opened {
  const simulator = new Simulator(variants);
  const picture = { ...documentState(W, H), layers, activeLayer: layers[0]?.id ?? null };
  const document = simulator.open(picture, options);
  const page = new TestPage(simulator);
  pages.push(page);
  return { simulator, document, page };
}

function layer(id = 1, changes: Partial<PixelLayer> = {}): PixelLayer {
  return pixelLayer(id, { width: W, height: H, pixels: noise(W, H, id, true), ...changes });
}

function item(mask: SoftMask, name = "Cup", parent: number | null = null): ApplyItem {
  return { name, mask, parent };
}

/** Every pixel of the canvas. */
function bytesOf(coverage: Coverage | null): Uint8Array {
  const out = new Uint8Array(W * H);
  if (coverage) for (let y = 0; y < H; y++) readRow(coverage, 0, y, out.subarray(y * W, (y + 1) * W));
  return out;
}

/** The rules of fuzzy sets, pixel by pixel. */
function expected(a: Uint8Array, b: Uint8Array, mode: SelectionMode): Uint8Array {
  const rules = {
    replace: (_: number, q: number) => q,
    add: (p: number, q: number) => Math.max(p, q),
    subtract: (p: number, q: number) => Math.min(p, 255 - q),
    intersect: (p: number, q: number) => Math.min(p, q),
  };
  return a.map((value, i) => rules[mode](value, b[i]));
}

const maskBytes = bytesOf(toCoverage(MASK));
const otherBytes = bytesOf(toCoverage(OTHER));

function maskOf(document: SimDocument, id = document.state.activeLayers[0]): Coverage | null {
  return document.layer(id).mask;
}

function oneStep({ document, simulator }: Opened, steps = 1): void {
  expect(document.at).toBe(steps);
  expect(simulator.imaging.leaked).toBe(0);
}

describe("the selection", () => {
  test.each(MODES)("%s on a present one, with soft edges, as one step", async (mode) => {
    const opened = open([layer()]);
    opened.document.act("Select", opened.document.selected(toCoverage(OTHER)));
    await opened.page.apply({ kind: "selection", mode }, [item(MASK)]);
    expect(bytesOf(opened.document.selection)).toEqual(expected(otherBytes, maskBytes, mode));
    oneStep(opened, 2);
    expect(opened.document.history[2].name).toBe("Select object");
  });

  test.each(MODES)("%s without one", async (mode) => {
    const opened = open([layer()]);
    await opened.page.apply({ kind: "selection", mode }, [item(MASK)]);
    const nothing = new Uint8Array(W * H);
    expect(bytesOf(opened.document.selection)).toEqual(expected(nothing, maskBytes, mode));
  });

  test("run lengths and several objects become one selection", async () => {
    const opened = open([layer()]);
    const binary = maskBytes.map((value) => (value > 100 ? 1 : 0));
    const items = [{ name: "A", mask: encodeRle(binary, W, H), parent: null }, item(OTHER)];
    await opened.page.apply({ kind: "selection", mode: "replace" }, items);
    expect(bytesOf(opened.document.selection)).toEqual(
      expected(
        binary.map((value) => value * 255),
        otherBytes,
        "add",
      ),
    );
  });
});

const IGNORES = { maskFromSelection: "ignores" } as const;
const PUTS: readonly Partial<Variants>[] = [
  {},
  { maskFromSelection: "error", redraws: true },
  { ...IGNORES, putMask: "creates", putOutside: "black" },
  { ...IGNORES, keepsAround: false, putOutside: "white" },
  { ...IGNORES, keepsAround: false, putOutside: "black" },
];

describe.each(PUTS)("the layer mask where Photoshop is %o", (variants) => {
  test("a new one hides all around the object, and the selection stays", async () => {
    const opened = open([layer()], {}, variants);
    opened.document.act("Select", opened.document.selected(toCoverage(OTHER)));
    await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
    expect(bytesOf(maskOf(opened.document))).toEqual(maskBytes);
    if (opened.simulator.variants.maskFromSelection === "works") expect(maskOf(opened.document)!.outside).toBe(0);
    expect(bytesOf(opened.document.selection)).toEqual(otherBytes);
    expect(opened.document.state.activeChannel).toBe("composite");
    expect(opened.document.isStale).toBe(false);
    oneStep(opened, 2);
  });

  test("subtracting from a layer without one hides the object alone", async () => {
    const opened = open([layer()], {}, variants);
    await opened.page.apply({ kind: "layer-mask", mode: "subtract" }, [item(MASK)]);
    expect(bytesOf(maskOf(opened.document))).toEqual(maskBytes.map((value) => 255 - value));
    oneStep(opened);
  });

  test.each(MODES)("%s on a present one, white or black around it", async (mode) => {
    for (const present of [toCoverage(OTHER), inverted(toCoverage(OTHER))]) {
      const opened = open([layer(1, { mask: { ...present, enabled: true } })], {}, variants);
      opened.document.act("Select", opened.document.selected(toCoverage(OTHER)));
      await opened.page.apply({ kind: "layer-mask", mode }, [item(MASK)]);
      expect(bytesOf(maskOf(opened.document))).toEqual(expected(bytesOf(present), maskBytes, mode));
      expect(bytesOf(opened.document.selection)).toEqual(otherBytes);
      oneStep(opened, 2);
    }
  });
});

test.each(["error", "converts"] as const)("a Background becomes a layer with the mask (%s)", async (backgroundMask) => {
  const opened = open([layer(1, { background: true, name: "Background" })], {}, { backgroundMask });
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  const [only] = opened.document.state.picture.layers as PixelLayer[];
  expect(only).toMatchObject({ background: false, name: "Layer 0" });
  expect(bytesOf(only.mask)).toEqual(maskBytes);
  oneStep(opened);
});

const KINDS = ["smartObject", "text", "solidColor", "gradientFill", "pattern", "curves", "video"] as const;

test.each(KINDS)("a layer of kind %s takes a mask", async (kind) => {
  const opened = open([layer(2)], { kinds: { 2: kind } });
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(bytesOf(maskOf(opened.document))).toEqual(maskBytes);
  oneStep(opened);
});

test("a group takes a mask, and the layers in it keep theirs", async () => {
  const inner = layer(1, { mask: { ...toCoverage(OTHER), enabled: true } });
  const opened = open([groupLayer(9, [inner])]);
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(bytesOf(maskOf(opened.document))).toEqual(maskBytes);
  expect(opened.document.layer(1).mask).toBe(inner.mask);
  oneStep(opened);
});

test.each(["smartObject", "text", "solidColor"])(
  "a %s gives masked duplicates, which stay what they are",
  async (kind) => {
    const mask = { ...toCoverage(OTHER), enabled: true };
    const opened = open([layer(1, { mask })], { kinds: { 1: kind } });
    await opened.page.apply({ kind: "new-layer" }, [item(MASK, "Cup")]);
    const [source, cup] = opened.document.state.picture.layers;
    expect([source.id, cup.name, opened.document.state.kinds[cup.id]]).toEqual([1, "Cup", kind]);
    expect(source.mask).toBe(mask);
    expect(bytesOf(cup.mask)).toEqual(expected(otherBytes, maskBytes, "intersect"));
    oneStep(opened);
    await opened.page.apply({ kind: "group" }, [item(MASK, "Cup"), item(OTHER, "Spoon")]);
    const group = opened.document.state.picture.layers.find(({ name }) => name === "Objects") as GroupLayer;
    expect(group.children.map(({ name }) => name)).toEqual(["Cup", "Spoon"]);
    oneStep(opened, 2);
  },
);

const DOCUMENTS: readonly DocumentOptions[] = [
  { bits: 16 },
  { bits: 32 },
  { mode: "CMYKColorMode" },
  { mode: "CMYKColorMode", bits: 16 },
  { mode: "labColorMode" },
  { mode: "labColorMode", bits: 16 },
  { mode: "grayscaleMode" },
  { mode: "grayscaleMode", bits: 32 },
];

test.each(DOCUMENTS)("in a document like %o every output is as given", async (options) => {
  for (const variants of [{}, { maskFromSelection: "error" as const, putMaskFails: false }]) {
    const opened = open([layer()], options, variants);
    const { page, document } = opened;
    document.act("Select", document.selected(toCoverage(OTHER)));
    await page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
    expect(bytesOf(maskOf(document))).toEqual(maskBytes);
    await page.apply({ kind: "layer-mask", mode: "intersect" }, [item(OTHER)]);
    expect(bytesOf(maskOf(document))).toEqual(expected(maskBytes, otherBytes, "intersect"));
    expect(bytesOf(document.selection)).toEqual(otherBytes);
    await page.apply({ kind: "alpha-channel" }, [item(MASK)]);
    expect(bytesOf(toCoverage(document.state.picture.channels[0].coverage))).toEqual(maskBytes);
    await page.apply({ kind: "path" }, [item(MASK)]);
    await page.apply({ kind: "new-layer" }, [item(MASK, "Cup")]);
    await page.apply({ kind: "selection", mode: "replace" }, [item(MASK)]);
    expect(bytesOf(document.selection)).toEqual(maskBytes);
    oneStep(opened, 7);
    expect(document.isStale).toBe(false);
  }
});

test.each(["indexedColorMode", "multichannelMode"])("%s takes selections, channels and paths", async (mode) => {
  const opened = open([layer()], { mode });
  await opened.page.apply({ kind: "selection", mode: "replace" }, [item(MASK)]);
  await opened.page.apply({ kind: "alpha-channel" }, [item(OTHER)]);
  await opened.page.apply({ kind: "path" }, [item(OTHER)]);
  expect(bytesOf(opened.document.selection)).toEqual(maskBytes);
  oneStep(opened, 3);
});

test("where neither way makes the mask as given, nothing changes and the reason is said", async () => {
  const variants = { maskFromSelection: "ignores", putMaskFails: true } as const;
  const opened = open([layer()], { mode: "labColorMode" }, variants);
  const before = opened.document.state.picture;
  await expect(opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)])).rejects.toThrow(
    /mask could not be written/,
  );
  expect(opened.document.state.picture).toBe(before);
  expect(opened.document.at).toBe(0);
});

test("an artboard is no layer to copy from, and takes a mask like a group", async () => {
  const opened = open([groupLayer(9, [layer(1)])], { kinds: { 9: "artboard" } });
  expect((await opened.page.document()).refused.group).toMatch(/no pixels of its own/);
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(bytesOf(maskOf(opened.document))).toEqual(maskBytes);
});

test("objects of a layer on an artboard become a group on that artboard", async () => {
  const opened = open([groupLayer(9, [layer(1)]), groupLayer(8, [layer(2)])], {
    kinds: { 9: "artboard", 8: "artboard" },
  });
  selectLayers(opened.simulator, opened.document, 1);
  await opened.page.apply({ kind: "group" }, [item(MASK)]);
  const [first, second] = opened.document.state.picture.layers as GroupLayer[];
  expect(first.children.map(({ name }) => name)).toEqual(["Layer 1", "Objects"]);
  expect(second.children).toHaveLength(1);
});

test("new layers have the object's pixels under its soft edge, in order, the selection kept", async () => {
  const opened = open([layer()]);
  opened.document.act("Select", opened.document.selected(toCoverage(OTHER)));
  await opened.page.apply({ kind: "new-layer" }, [item(MASK, "Cup"), item(OTHER, "Spoon")]);
  const [source, cup, spoon] = opened.document.state.picture.layers as PixelLayer[];
  expect([source.id, cup.name, spoon.name]).toEqual([1, "Cup", "Spoon"]);
  const alpha = Uint8Array.from({ length: cup.width * cup.height }, (_, i) => cup.pixels[i * 4 + 3]);
  expect(bytesOf({ ...cup, data: alpha, outside: 0 })).toEqual(maskBytes);
  const at = (10 * W + 12) * 4;
  const own = ((10 - cup.y) * cup.width + 12 - cup.x) * 4;
  expect(cup.pixels.slice(own, own + 3)).toEqual(source.pixels.slice(at, at + 3));
  expect(bytesOf(opened.document.selection)).toEqual(otherBytes);
  oneStep(opened, 2);
});

test("alpha channels are named apart, up to Photoshop's limit of 56 and not beyond", async () => {
  const opened = open([layer()]);
  await opened.page.apply({ kind: "alpha-channel" }, [item(MASK, "Cup"), item(OTHER, "Cup")]);
  const { channels } = opened.document.state.picture;
  expect(channels.map(({ name }) => name)).toEqual(["Cup", "Cup 2"]);
  expect(bytesOf(toCoverage(channels[1].coverage))).toEqual(otherBytes);
  oneStep(opened);
  const many = Array.from({ length: 52 }, (_, i) => item(MASK, `Cup ${i}`));
  const before = opened.document.state;
  await expect(opened.page.apply({ kind: "alpha-channel" }, many)).rejects.toThrow(/56 in a document, 51 are left/);
  expect(opened.document.state).toBe(before);
  await opened.page.apply({ kind: "alpha-channel" }, many.slice(1));
  expect((await opened.page.document()).refused["alpha-channel"]).toMatch(/56 channels/);
});

test("where Photoshop lists alpha channels alone its own refusal is told, and nothing changes", async () => {
  const opened = open([layer()], {}, { channelsListed: "alpha" });
  const many = Array.from({ length: 55 }, (_, i) => item(MASK, `Cup ${i}`));
  const before = opened.document.state.picture;
  await expect(opened.page.apply({ kind: "alpha-channel" }, many)).rejects.toThrow(/maximum number of channels/);
  expect(opened.document.state.picture).toBe(before);
  await opened.page.apply({ kind: "alpha-channel" }, many.slice(2));
  expect(opened.document.state.picture.channels).toHaveLength(53);
});

test("paths are named and keep their place", async () => {
  const solid: SoftMask = { x: 5, y: 7, width: 20, height: 11, data: new Uint8Array(220).fill(255) };
  const opened = open([layer()]);
  await opened.page.apply({ kind: "path" }, [item(solid, "Cup"), item(OTHER, "Spoon")]);
  const { paths, selection } = opened.document.state.picture;
  expect(paths.map(({ name }) => name)).toEqual(["Cup", "Spoon"]);
  const points = Array.from(paths[0].outlines[0].points);
  expect([Math.min(...points), Math.max(...points)]).toEqual([5, 25]);
  expect(selection).toBeNull();
  oneStep(opened);
});

test("all objects become one group of named, nested, masked layers", async () => {
  const opened = open([layer(), layer(50)]);
  const inner = noiseMask(11, 8, 8, 7, 8);
  const items = [item(MASK, "Cup"), item(OTHER, "Spoon"), item(inner, "Handle", 0)];
  await opened.page.apply({ kind: "group" }, items);
  const [source, group, above] = opened.document.state.picture.layers;
  expect([source.id, group.name, above.id]).toEqual([1, "Objects", 50]);
  const [cup, spoon] = (group as GroupLayer).children;
  expect([cup.kind, cup.name, spoon.name]).toEqual(["group", "Cup", "Spoon"]);
  const [own, handle] = (cup as GroupLayer).children;
  expect([own.name, handle.name]).toEqual(["Cup", "Handle"]);
  expect(bytesOf(own.mask)).toEqual(maskBytes);
  expect(bytesOf(handle.mask)).toEqual(bytesOf(toCoverage(inner)));
  expect(bytesOf(spoon.mask)).toEqual(otherBytes);
  expect([(own as PixelLayer).width, (own as PixelLayer).height]).toEqual([MASK.width, MASK.height]);
  oneStep(opened);
});

test("a saved mask is read by another reader where the object is", async () => {
  const opened = open([layer(1, { name: "Photo" })]);
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(await new PsdFile(opened.document.state.picture).mask("Photo")).toEqual(maskBytes);
});

const REFUSALS: readonly (readonly [string, readonly Layer[], DocumentOptions, ApplyItem["name"], RegExp])[] = [
  ["a locked layer", [layer(1, { locked: true })], {}, "layer-mask", /locked: unlock/],
  ["a locked layer's objects", [layer(1, { locked: true })], {}, "group", /locked: unlock/],
  ["a locked text", [layer(1, { locked: true })], { kinds: { 1: "text" } }, "new-layer", /locked: unlock/],
  ["a group", [groupLayer(9, [layer(1)])], {}, "new-layer", /no pixels of its own/],
  ["an adjustment layer", [layer()], { kinds: { 1: "curves" } }, "group", /no pixels of its own/],
  ["Quick Mask", [layer()], { quickMask: true }, "selection", /press Q/],
  ["Bitmap", [layer()], { mode: "bitmapMode" }, "selection", /Grayscale first/],
  ["Indexed Color", [layer()], { mode: "indexedColorMode" }, "layer-mask", /RGB Color first/],
  ["Multichannel", [layer()], { mode: "multichannelMode" }, "group", /RGB Color first/],
  ["no layer", [], {}, "layer-mask", /Select one layer/],
];

test.each(REFUSALS)(
  "%s: the panel knows what to do instead, and nothing changes",
  async (_, layers, options, kind, words) => {
    const { page, document } = open(layers, options);
    const before = document.state;
    const output = { kind, mode: "replace" } as Parameters<TestPage["apply"]>[0];
    expect((await page.document()).refused[output.kind]).toMatch(words);
    await expect(page.apply(output, [item(MASK)])).rejects.toThrow(words);
    expect(document.state).toBe(before);
    expect(document.at).toBe(0);
  },
);

test("nothing to copy is said in words and leaves everything as it was", async () => {
  const empty = layer(1, { pixels: new Uint8ClampedArray(W * H * 4) });
  const { page, document } = open([empty]);
  const before = document.state;
  await expect(page.apply({ kind: "group" }, [item(MASK)])).rejects.toThrow(/gives no pixels where “Cup” is/);
  expect({ ...document.state }).toEqual({ ...before, picture: before.picture });
});

test("two layers active, then one", async () => {
  const { page, document, simulator } = open([layer(1), layer(2)]);
  selectLayers(simulator, document, 1, 2);
  expect((await page.document()).refused["layer-mask"]).toMatch(/Select one layer/);
  selectLayers(simulator, document, 2);
  await until(() =>
    page.eventsOf("document").some((one) => (one as { activeLayer: string }).activeLayer === "Layer 2"),
  );
  await page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(document.layer(1).mask).toBeNull();
  expect(bytesOf(document.layer(2).mask)).toEqual(maskBytes);
});

describe("a busy Photoshop", () => {
  test("is waited for", async () => {
    const opened = open([layer()]);
    opened.simulator.blocker = "Free Transform";
    setTimeout(() => {
      opened.simulator.blocker = null;
    }, 250);
    await opened.page.apply({ kind: "selection", mode: "replace" }, [item(MASK)]);
    expect(bytesOf(opened.document.selection)).toEqual(maskBytes);
  });

  test("that stays busy is named, nothing changes, and the next try works", async () => {
    const opened = open([layer()]);
    opened.simulator.blocker = "Free Transform";
    const apply = () => opened.page.apply({ kind: "selection", mode: "replace" }, [item(MASK)]);
    await expect(apply()).rejects.toThrow(/Free Transform.*apply again/);
    expect(opened.document.at).toBe(0);
    opened.simulator.blocker = null;
    await apply();
    oneStep(opened);
  });
});

test("a document of another id, size or none is never written to", async () => {
  const { simulator, page, document } = open([layer()]);
  const { id } = await page.document();
  const second = simulator.open(documentState(W, H));
  const request = { documentId: id, output: { kind: "selection", mode: "replace" }, items: [item(MASK)] };
  await expect(page.end.call("apply", request)).rejects.toThrow(/Another document is active/);
  simulator.close(second);
  simulator.close(document);
  await expect(page.end.call("apply", request)).rejects.toThrow(/was closed/);
  expect([document.at, second.at]).toEqual([0, 0]);
});

test("run lengths of the size before a crop are refused", async () => {
  const { page, document } = open([layer()]);
  const mask = encodeRle(new Uint8Array(W * (H + 2)).fill(1), W, H + 2);
  const items = [{ name: "Cup", mask, parent: null }];
  await expect(page.apply({ kind: "selection", mode: "replace" }, items)).rejects.toThrow(/another size by now/);
  expect(document.at).toBe(0);
});

test("an apply cancelled by the panel changes nothing", async () => {
  const opened = open([layer()]);
  opened.simulator.blocker = "Crop";
  const abort = new AbortController();
  const applied = opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)], abort.signal);
  setTimeout(() => abort.abort(), 60);
  await expect(applied).rejects.toMatchObject({ kind: "aborted" });
  opened.simulator.blocker = null;
  await pause(300);
  expect(opened.document.at).toBe(0);
});
