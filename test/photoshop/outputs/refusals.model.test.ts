import { encodeRle } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import type { Layer } from "../../../hosts/browser/src/document/model.js";
import type { ApplyItem } from "../../../panel/host.js";
import { documentState, groupLayer } from "../../hosts/browser/states.js";
import { ownClock } from "../../support/clock.js";
import { pause, type TestPage, until } from "../session.js";
import type { DocumentOptions } from "../simulator/state.js";
import { selectLayers } from "../simulator/user.js";
import { bytesOf, H, item, layer, MASK, maskBytes, oneStep, open, W } from "./opened.js";

ownClock();

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
  await expect(page.apply({ kind: "group" }, [item(MASK)])).rejects.toThrow(/has no pixels where “Cup” is/);
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
  const request = {
    documentId: id,
    size: { width: W, height: H },
    output: { kind: "selection", mode: "replace" },
    items: [item(MASK)],
  };
  await expect(page.end.call("apply", request)).rejects.toThrow(/A different document is active/);
  simulator.close(second);
  simulator.close(document);
  await expect(page.end.call("apply", request)).rejects.toThrow(/was closed/);
  expect([document.at, second.at]).toEqual([0, 0]);
});

test("run lengths of the size before a crop are refused", async () => {
  const { page, document } = open([layer()]);
  const mask = encodeRle(new Uint8Array(W * (H + 2)).fill(1), W, H + 2);
  const items = [{ name: "Cup", mask, parent: null }];
  await expect(page.apply({ kind: "selection", mode: "replace" }, items)).rejects.toThrow(/size has changed/);
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
