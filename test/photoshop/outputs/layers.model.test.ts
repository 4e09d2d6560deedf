import type { SoftMask } from "@masksmith/core";
import { expect, test } from "vitest";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { GroupLayer, PixelLayer } from "../../../hosts/browser/src/document/model.js";
import { groupLayer, noiseMask } from "../../hosts/browser/states.js";
import { ownClock } from "../../support/clock.js";
import { type DocumentOptions, withPicture } from "../simulator/state.js";
import { selectLayers } from "../simulator/user.js";
import {
  bytesOf,
  expected,
  item,
  layer,
  MASK,
  maskBytes,
  maskOf,
  OTHER,
  oneStep,
  open,
  otherBytes,
  W,
} from "./opened.js";

ownClock();

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

test.each(["named", "fails"] as const)(
  "a layer is copied though a mask or a channel is active (%s)",
  async (composite) => {
    for (const activeChannel of ["mask", "Colour 1", "Alpha 1"]) {
      for (const output of [{ kind: "new-layer" }, { kind: "group" }] as const) {
        const opened = open([layer(1, { mask: { ...toCoverage(OTHER), enabled: true } })], {}, { composite });
        const { document } = opened;
        const channels = [{ id: 77, name: "Alpha 1", coverage: OTHER }];
        document.state = { ...withPicture(document.state, { channels }), activeChannel };
        await opened.page.apply(output, [item(MASK, "Cup")]);
        expect([document.activeLayer?.id, document.state.activeChannel]).not.toEqual([1, activeChannel]);
        expect(document.state.activeChannel).toBe("composite");
        oneStep(opened);
      }
    }
  },
);

test("alpha channels are named apart, up to Photoshop's limit of 56 and not beyond", async () => {
  const opened = open([layer()]);
  await opened.page.apply({ kind: "alpha-channel" }, [item(MASK, "Cup"), item(OTHER, "Cup")]);
  const { channels } = opened.document.state.picture;
  expect(channels.map(({ name }) => name)).toEqual(["Cup", "Cup 2"]);
  expect(bytesOf(toCoverage(channels[1].coverage))).toEqual(otherBytes);
  oneStep(opened);
  const many = Array.from({ length: 52 }, (_, i) => item(MASK, `Cup ${i}`));
  const before = opened.document.state;
  await expect(opened.page.apply({ kind: "alpha-channel" }, many)).rejects.toThrow(/holds 56, and 51 are free/);
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

test("a work path of the user's is not replaced: paths are refused while there is one", async () => {
  const opened = open([layer()]);
  const { document, page } = opened;
  const workPath = { id: 900, name: "Work Path", outlines: [] };
  document.act("Work path", { ...withPicture(document.state, { paths: [workPath] }), workPath: true });
  const { picture } = document.state;
  expect((await page.document()).refused.path).toMatch(/would replace the document.s work path/);
  await expect(page.apply({ kind: "path" }, [item(MASK)])).rejects.toThrow(/would replace the document.s work path/);
  expect(document.state.picture).toBe(picture);
  const saved = { ...withPicture(document.state, { paths: [{ ...workPath, name: "Mine" }] }), workPath: false };
  document.act("Save path", saved);
  await page.apply({ kind: "path" }, [item(MASK)]);
  expect(document.state.picture.paths.map(({ name }) => name)).toEqual(["Mine", "Cup"]);
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
