import { encodeRle, invertSoft } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { PixelLayer } from "../../../hosts/browser/src/document/model.js";
import { groupLayer } from "../../hosts/browser/states.js";
import { ownClock } from "../../support/clock.js";
import { PsdFile } from "../psdFile.js";
import type { Variants } from "../simulator/variants.js";
import {
  bytesOf,
  expected,
  H,
  item,
  layer,
  MASK,
  MODES,
  maskBytes,
  maskOf,
  OTHER,
  oneStep,
  open,
  otherBytes,
  W,
} from "./opened.js";

ownClock();

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
  { composite: "fails" },
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
    for (const present of [toCoverage(OTHER), invertSoft(toCoverage(OTHER))]) {
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

test("a saved mask is read by another reader where the object is", async () => {
  const opened = open([layer(1, { name: "Photo" })]);
  await opened.page.apply({ kind: "layer-mask", mode: "replace" }, [item(MASK)]);
  expect(await new PsdFile(opened.document.state.picture).mask("Photo")).toEqual(maskBytes);
});
