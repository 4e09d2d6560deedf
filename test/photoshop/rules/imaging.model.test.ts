import { describe, expect, test } from "vitest";
import { toCoverage } from "../../../hosts/browser/src/document/coverage.js";
import type { Layer } from "../../../hosts/browser/src/document/model.js";
import { noise, noiseMask, pixelLayer } from "../../hosts/browser/states.js";
import type { DocumentOptions } from "../simulator/state.js";
import type { Variants } from "../simulator/variants.js";
import { GREY, grey, H, MAKE_MASK, MASK, NAMED, open, usual, W } from "./opened.js";

/** The simulated Photoshop itself keeps the rules of its facts, row by row (README.md in the folder above). */

describe("imaging", () => {
  test("10: pixels are trimmed, and an empty region throws or has no size", async () => {
    const small = [pixelLayer(1, { x: 10, y: 12, width: 20, height: 9, pixels: noise(20, 9, 1, true) })];
    const { ps } = open({}, {}, small);
    const { sourceBounds, imageData } = await ps.imaging.getPixels({
      sourceBounds: { left: 0, top: 0, right: W, bottom: H },
    });
    expect(sourceBounds).toEqual({ left: 10, top: 12, right: 30, bottom: 21 });
    expect([imageData.width, imageData.height, imageData.components]).toEqual([20, 9, 4]);
    const nothing = { sourceBounds: { left: 40, top: 30, right: 50, bottom: 40 } };
    await expect(ps.imaging.getPixels(nothing)).rejects.toThrow();
    expect((await open({ empty: "zero" }, {}, small).ps.imaging.getPixels(nothing)).imageData.width).toBe(0);
  });

  test("10: a layer alone has its own pixels, hidden or masked, in bounds that may lie off the canvas", async () => {
    const hidden = { x: -6, y: -4, visible: false, opacity: 0.2, mask: { ...toCoverage(MASK), enabled: true } };
    const own = pixelLayer(2, { width: 20, height: 9, pixels: noise(20, 9, 2, true), ...hidden });
    const { ps } = open({}, {}, [usual(), own, pixelLayer(3, { width: W, height: H, pixels: noise(W, H, 3, true) })]);
    const whole = await ps.imaging.getPixels({ layerID: 2 });
    expect(whole.sourceBounds).toEqual({ left: -6, top: -4, right: 14, bottom: 5 });
    const bytes = Uint8Array.from(await whole.imageData.getData());
    expect(Buffer.compare(bytes, Uint8Array.from(own.pixels))).toBe(0);
    const canvas = { left: 0, top: 0, right: W, bottom: H };
    const inside = await ps.imaging.getPixels({ layerID: 2, sourceBounds: canvas });
    expect(inside.sourceBounds).toEqual({ left: 0, top: 0, right: 14, bottom: 5 });
    await expect(ps.imaging.getPixels({ layerID: 77 })).rejects.toThrow(/no layer 77/);
  });

  test("11: half size and less is read from a level, whose pixels the bounds count; one level is none", async () => {
    const target = { targetSize: { width: W / 4, height: H / 4 } };
    const { level, sourceBounds } = await open().ps.imaging.getPixels(target);
    expect([level, sourceBounds.right, sourceBounds.bottom]).toEqual([2, W / 4, H / 4]);
    const flat = await open({ cacheLevels: 1 }).ps.imaging.getPixels(target);
    expect([flat.level, flat.sourceBounds.right, flat.imageData.width]).toEqual([0, W, W / 4]);
  });

  test("12: components and depths are the document's unless others are asked for", async () => {
    const expected: readonly (readonly [DocumentOptions, number, number])[] = [
      [{}, 3, 1],
      [{ mode: "grayscaleMode" }, 1, 1],
      [{ mode: "CMYKColorMode", bits: 16 }, 4, 2],
      [{ mode: "labColorMode", bits: 32 }, 3, 4],
      [{ bits: 32 }, 3, 4],
    ];
    for (const [options, components, bytes] of expected) {
      const { ps } = open({}, options);
      const { imageData } = await ps.imaging.getPixels({});
      expect(imageData.components).toBe(components);
      const data = await imageData.getData();
      expect(data.BYTES_PER_ELEMENT).toBe(bytes);
      if (bytes === 2) expect(Math.max(...data)).toBeGreaterThan(32_000);
      if (bytes === 2) expect(Math.max(...data)).toBeLessThanOrEqual(32_768);
      if (bytes === 4 && !options.mode) expect(Math.max(...data)).toBeGreaterThan(1);
      const asked = await ps.imaging.getPixels({ colorSpace: "RGB", componentSize: 8 });
      expect([asked.imageData.components, (await asked.imageData.getData()).BYTES_PER_ELEMENT]).toEqual([3, 1]);
    }
  });

  test("13, 14: data is new each time; after dispose it throws; what is not disposed of is counted", async () => {
    const { ps, simulator } = open();
    const { imageData } = await ps.imaging.getPixels({});
    const [a, b] = [await imageData.getData(), await imageData.getData({})];
    expect(a).toEqual(b);
    expect(a).not.toBe(b);
    expect([simulator.imaging.leaked, simulator.imaging.bytes]).toEqual([1, W * H * 3]);
    imageData.dispose();
    expect([simulator.imaging.leaked, simulator.imaging.bytes]).toEqual([0, 0]);
    await expect(imageData.getData()).rejects.toThrow(/disposed/);
    await expect(ps.imaging.encodeImageData({ imageData })).rejects.toThrow(/disposed/);
  });

  test("15: image data is made of typed arrays of the right length, with all that describes them", async () => {
    const { ps } = open();
    const make = ps.imaging.createImageDataFromBuffer;
    const good = { ...GREY, width: 2, height: 2 };
    await expect(make(new Uint8Array(5), good)).rejects.toThrow(/length/);
    await expect(make(new ArrayBuffer(4), good)).rejects.toThrow(/typed array/);
    for (const key of ["width", "height", "components", "colorSpace"]) {
      await expect(make(new Uint8Array(4), { ...good, [key]: undefined })).rejects.toThrow(/required/);
    }
  });

  test("16: masks and selections take grey only, pixels go to pixel layers only", async () => {
    const { ps, document } = open({}, { kinds: { 3: "text" } }, [
      usual({ background: true } as never),
      usual({ id: 3 }),
      usual({ id: 4 }),
    ]);
    const rgb = await ps.imaging.createImageDataFromBuffer(new Uint8Array(12), {
      width: 2,
      height: 2,
      components: 3,
      colorSpace: "RGB",
    });
    await ps.core.executeAsModal(async () => {
      await expect(ps.imaging.putSelection({ imageData: rgb })).rejects.toThrow(/grayscale/);
      await expect(ps.imaging.putLayerMask({ imageData: rgb, layerID: 4 })).rejects.toThrow(/grayscale/);
      for (const layerID of [1, 3]) {
        await expect(ps.imaging.putPixels({ imageData: rgb, layerID })).rejects.toThrow(/no pixel layer/);
      }
      await ps.imaging.putPixels({ imageData: rgb, layerID: 4, targetBounds: { left: 5, top: 6, right: 50 } });
    }, NAMED);
    expect(document.layer(4)).toMatchObject({ x: 5, y: 6, width: 2, height: 2 });
  });

  test("17: putLayerMask replaces by default, makes a missing mask or rejects, and may not be shown", async () => {
    const put = async (variants: Partial<Variants>, layers: readonly Layer[], options: object = {}) => {
      const opened = open(variants, {}, layers);
      const imageData = await grey(opened.ps);
      await opened.ps.core.executeAsModal(
        () => opened.ps.imaging.putLayerMask({ imageData, layerID: 1, targetBounds: { left: 9, top: 6 }, ...options }),
        NAMED,
      );
      return opened.document;
    };
    await expect(put({ putMask: "rejects" }, [usual()])).rejects.toThrow(/no user mask/);
    expect((await put({ putMask: "creates" }, [usual()])).layer(1).mask).not.toBeNull();
    const around = { ...toCoverage(noiseMask(40, 30, 9, 9, 1)), enabled: true };
    const masked = [usual({ mask: around })];
    expect((await put({ putOutside: "black" }, masked)).layer(1).mask).toMatchObject({ x: 9, width: 22, outside: 0 });
    expect((await put({ putOutside: "white" }, masked)).layer(1).mask?.outside).toBe(255);
    expect((await put({}, masked, { replace: false })).layer(1).mask).toMatchObject({ x: 9, width: 40 });
    expect((await put({ redraws: false }, masked)).isStale).toBe(true);
    expect((await put({ redraws: true }, masked)).isStale).toBe(false);
  });

  test("18: the Background takes no mask, or becomes a layer by it; locked layers take none", async () => {
    const make = async (backgroundMask: Variants["backgroundMask"], layer: Layer) => {
      const { ps, document } = open({ backgroundMask }, {}, [layer]);
      const [answer] = (await ps.core.executeAsModal(() => ps.action.batchPlay([MAKE_MASK("hideAll")]), NAMED)) as {
        _obj?: string;
      }[];
      return { failed: answer._obj === "error", mask: document.layer(1).mask };
    };
    const background = usual({ background: true } as never);
    expect(await make("error", background)).toEqual({ failed: true, mask: null });
    expect((await make("converts", background)).failed).toBe(false);
    expect(await make("converts", usual({ locked: true }))).toEqual({ failed: true, mask: null });
  });

  test("19: only opaque RGB becomes a JPEG", async () => {
    const { ps } = open();
    await expect(ps.imaging.encodeImageData({ imageData: await grey(ps) })).rejects.toThrow(/cannot be encoded/);
    const { imageData } = await open({}, {}, [usual({ opacity: 0.5 })]).ps.imaging.getPixels({});
    expect(imageData.components).toBe(4);
    const opaque = await ps.imaging.getPixels({});
    expect(typeof (await ps.imaging.encodeImageData({ imageData: opaque.imageData }))).toBe("string");
  });

  test("20: without a selection getSelection throws and the bounds are null; with one it is trimmed", async () => {
    const { ps, document } = open({ overhang: 3 });
    expect(ps.app.activeDocument.selection.bounds).toBeNull();
    await expect(ps.imaging.getSelection({})).rejects.toThrow(/no selection/);
    document.act("Select", document.selected(toCoverage({ ...MASK, y: 0 })));
    const { sourceBounds } = await ps.imaging.getSelection({ sourceBounds: { left: 0, top: 0, right: W, bottom: H } });
    expect(sourceBounds).toEqual({ left: 9, top: 0, right: 31, bottom: 17 });
    expect(ps.app.activeDocument.selection.bounds).toEqual({ left: 9, top: -3, right: 31, bottom: 17 });
  });
});
