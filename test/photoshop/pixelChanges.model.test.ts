import { describe, expect, test } from "vitest";
import { composite } from "../../hosts/browser/src/document/composite.js";
import type { PixelLayer } from "../../hosts/browser/src/document/model.js";
import { patched } from "../../plugin/bridge/index.js";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { documentState, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { H, open, pages, W } from "./openedPixels.js";
import { pause, TestPage } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { Simulator } from "./simulator/simulator.js";
import { withPicture } from "./simulator/state.js";
import { marquee } from "./simulator/user.js";

ownClock();

describe("a document that changes", () => {
  const LARGE = 700;
  function large() {
    const simulator = new Simulator();
    const picture = documentState(LARGE, LARGE);
    const document = simulator.open(picture);
    const page = new TestPage(simulator);
    pages.push(page);
    /** A dab of paint, and the history step it makes. */
    const paint = (x: number, y: number) => {
      const [layer] = document.state.picture.layers as PixelLayer[];
      const pixels = layer.pixels.slice();
      pixels[(y * LARGE + x) * 4] ^= 0x55;
      document.act("Brush", withPicture(document.state, { layers: [{ ...layer, pixels }] }));
    };
    return { simulator, document, page, paint };
  }

  test("sends only the tiles that differ, and they make the whole again", async () => {
    const { page, paint } = large();
    const first = await page.pixels(null, 2048);
    expect(first.tiles).toBeNull();
    paint(300, 10);
    paint(699, 699);
    const changes = await page.pixels(null, 2048, first.version);
    expect(Array.from(changes.tiles!)).toEqual([2, 35]);
    expect(changes.data.length).toBe((128 * 128 + 60 * 60) * 3);
    const now = await page.pixels(null, 2048);
    expect(Buffer.compare(Buffer.from(patched(first, changes).data), Buffer.from(now.data))).toBe(0);
    expect((await page.pixels(null, 2048, now.version)).data.length).toBe(0);
  });

  test("is put together by the page's host, which is told little", async () => {
    const { page, paint, document } = large();
    const host = new BridgeHost(page.end, async () => null);
    await host.document();
    const before = await host.readPixels(null, 2048);
    paint(300, 10);
    await host.document();
    const sent = page.webview.bytes;
    const after = await host.readPixels(null, 2048);
    expect(page.webview.bytes - sent).toBeLessThan(100_000);
    const expected = new Uint8ClampedArray(LARGE * LARGE * 4);
    composite(document.state.picture, { x: 0, y: 0, width: LARGE, height: LARGE }, expected);
    expect(Buffer.compare(Buffer.from(after.raster.data), Buffer.from(expected))).toBe(0);
    expect(after.version).not.toBe(before.version);
    expect(Buffer.compare(Buffer.from(before.raster.data), Buffer.from(after.raster.data))).not.toBe(0);
  });

  test("is sent whole to a page that has another state, size or nothing of it", async () => {
    const { page, paint, document, simulator } = large();
    const first = await page.pixels(null, 2048);
    paint(1, 1);
    const second = await page.pixels(null, 2048);
    expect((await page.pixels(null, 2048, first.version)).tiles).toBeNull();
    expect((await page.pixels(null, 100, second.version)).tiles).toBeNull();
    simulator.open(documentState(30, 30));
    expect((await page.pixels(null, 2048, second.version)).width).toBe(30);
    expect(document.isOpen).toBe(true);
  });
});

test("the version stays through selections and changes with pixels", async () => {
  const { page } = open([pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 5, true) })]);
  const first = (await page.document()).version;
  const items = [{ name: "Cup", mask: noiseMask(5, 5, 20, 20, 1), parent: null }];
  await page.apply({ kind: "selection", mode: "replace" }, items);
  expect((await page.document()).version).toBe(first);
  await page.apply({ kind: "layer-mask", mode: "replace" }, items);
  expect((await page.document()).version).not.toBe(first);
});

describe("what the user does before Photoshop's notices arrive", () => {
  const BOX = { left: 5, top: 5, right: 40, bottom: 30 };
  function painted(document: SimDocument, at: number): void {
    const [layer] = document.state.picture.layers as PixelLayer[];
    const pixels = layer.pixels.slice();
    pixels[at * 4] ^= 0x55;
    document.act("Brush", withPicture(document.state, { layers: [{ ...layer, pixels }] }));
  }

  test("paint and a marquee after it: the paint is seen", async () => {
    const { page, document, simulator } = open([pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 5, true) })]);
    const first = await page.pixels(null, 2048);
    painted(document, 7);
    marquee(simulator, document, BOX);
    await pause(150);
    const { version } = await page.document();
    expect(version).not.toBe(first.version);
    expect((await page.pixels(null, 2048, first.version)).tiles).toHaveLength(1);
    marquee(simulator, document, { ...BOX, right: 50 }, "add");
    await pause(150);
    expect((await page.document()).version).toBe(version);
  });

  test("paint right after a marquee whose notices come late and again: the paint is seen", async () => {
    const { page, document, simulator } = open([pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 5, true) })]);
    const { version } = await page.document();
    marquee(simulator, document, BOX);
    await pause(20);
    painted(document, 7);
    await pause(450);
    expect((await page.document()).version).not.toBe(version);
  });

  test("paint right after a selection of our own, whose notices leak: the paint is seen", async () => {
    const { page, document } = open([pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 5, true) })]);
    const { version } = await page.document();
    await page.apply({ kind: "selection", mode: "replace" }, [
      { name: "Cup", mask: noiseMask(5, 5, 20, 20, 1), parent: null },
    ]);
    painted(document, 7);
    await pause(450);
    expect((await page.document()).version).not.toBe(version);
  });

  test("paint right before a selection of our own: the paint is seen", async () => {
    const { page, document } = open([pixelLayer(1, { width: W, height: H, pixels: noise(W, H, 5, true) })]);
    const { id, version, width, height } = await page.document();
    painted(document, 7);
    const output = { kind: "selection", mode: "replace" };
    const items = [{ name: "Cup", mask: noiseMask(5, 5, 20, 20, 1), parent: null }];
    await page.end.call("apply", { documentId: id, size: { width, height }, output, items });
    expect((await page.document()).version).not.toBe(version);
  });
});
