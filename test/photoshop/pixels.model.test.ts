import { box } from "@masksmith/core";
import { afterEach, describe, expect, test } from "vitest";
import { composite } from "../../hosts/browser/src/document/composite.js";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { PixelLayer } from "../../hosts/browser/src/document/model.js";
import type { HostPixels } from "../../panel/host.js";
import { patched } from "../../plugin/bridge/index.js";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { fitted, wholeRegion } from "../../plugin/webview/fit.js";
import { documentState, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { ownClock } from "./clock.js";
import { pause, TestPage } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { Simulator } from "./simulator/simulator.js";
import { type DocumentOptions, withPicture } from "./simulator/state.js";
import { marquee } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

ownClock();

/** Odd on purpose: no level of the pyramid fits them. */
const W = 241;
const H = 187;

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

/** A layer whose colours say where they lie: red is x, green is y; opaque in its own bounds. */
function places(x: number, y: number, width: number, height: number, changes: Partial<PixelLayer> = {}): PixelLayer {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    pixels.set([x + (i % width), y + Math.floor(i / width), 77, 255], i * 4);
  }
  return pixelLayer(1, { x, y, width, height, pixels, ...changes });
}

function open(layers: readonly PixelLayer[], options: DocumentOptions = {}, variants: Partial<Variants> = {}) {
  const simulator = new Simulator(variants);
  const document = simulator.open({ ...documentState(W, H), layers, activeLayer: layers[0]?.id ?? null }, options);
  const page = new TestPage(simulator);
  pages.push(page);
  return { simulator, document, page };
}

/** As the page's host reads: what Photoshop gave, laid over the wanted region. */
async function read(page: TestPage, region: [number, number, number, number] | null, maxSide: number) {
  const wanted = wholeRegion(region && box("document", ...region), { width: W, height: H });
  const { x0, y0, x1, y1 } = wanted;
  return fitted(await page.pixels({ x0, y0, x1, y1 }, maxSide), wanted, maxSide);
}

/** Mean place that the opaque pixels claim, less the place they have; in document pixels. */
function offset({ raster, region }: HostPixels): { x: number; y: number; worst: number; opaque: number } {
  let [dx, dy, worst, opaque] = [0, 0, 0, 0];
  for (let i = 0; i < raster.width * raster.height; i++) {
    if (raster.data[i * 4 + 3] !== 255) continue;
    const x = region.x0 + (((i % raster.width) + 0.5) * (region.x1 - region.x0)) / raster.width - 0.5;
    const y = region.y0 + ((Math.floor(i / raster.width) + 0.5) * (region.y1 - region.y0)) / raster.height - 0.5;
    const [ex, ey] = [raster.data[i * 4] - x, raster.data[i * 4 + 1] - y];
    dx += ex;
    dy += ey;
    worst = Math.max(worst, Math.abs(ex), Math.abs(ey));
    opaque++;
  }
  return { x: dx / opaque, y: dy / opaque, worst, opaque };
}

const REGIONS: readonly ([number, number, number, number] | null)[] = [
  null,
  [17, 23, 150, 160],
  [100.4, 3.2, 240.9, 110.5],
];
const PICTURES = {
  opaque: [places(0, 0, W, H, { background: true })],
  trimmed: [places(33, 41, 120, 77)],
  "off the canvas": [places(-20 + 20, 60, W, H)],
};

describe.each(Object.entries(PICTURES))("a picture that is %s", (_, layers) => {
  for (const levelRounding of ["ceil", "floor"] as const) {
    for (const cacheLevels of [1, 2, 6]) {
      test(`lies where it is, levels ${cacheLevels} ${levelRounding}, at all zooms and crops`, async () => {
        const { page, simulator } = open(layers, {}, { levelRounding, cacheLevels });
        for (const region of REGIONS) {
          for (const maxSide of [2048, 200, 120, 97, 60, 33]) {
            const pixels = await read(page, region, maxSide);
            const found = offset(pixels);
            const pixel = (pixels.region.x1 - pixels.region.x0) / pixels.raster.width;
            expect(Math.abs(found.x), `x ${region} ${maxSide}`).toBeLessThan(pixel > 1 ? 0.62 * pixel : 0.01);
            expect(Math.abs(found.y), `y ${region} ${maxSide}`).toBeLessThan(pixel > 1 ? 0.62 * pixel : 0.01);
            expect(found.opaque).toBeGreaterThan(0);
          }
        }
        expect(simulator.imaging.leaked).toBe(0);
      });
    }
  }
});

test("at full size every byte is the composite's, trimmed or not", async () => {
  const { page } = open(PICTURES.trimmed);
  const { raster, region } = await read(page, [20, 30, 170, 150], 4096);
  expect([raster.width, raster.height, region.x0, region.y0]).toEqual([150, 120, 20, 30]);
  expect(offset({ raster, region, version: "" }).worst).toBe(0);
  const opaque = Array.from({ length: 150 * 120 }, (_, i) => raster.data[i * 4 + 3]).filter((a) => a === 255).length;
  expect(opaque).toBe(120 * 77);
});

/** What a colour may lose in the document's own 8-bit samples; Lab's are coarse for saturated dark colours. */
const LOSES: Readonly<Record<string, number>> = { RGBColorMode: 0, CMYKColorMode: 2, labColorMode: 12 };

test.each([8, 16, 32] as const)("documents of %i bits, RGB, CMYK or Lab, come as 8-bit sRGB", async (bits) => {
  for (const [mode, most] of Object.entries(LOSES)) {
    for (const profiles of ["given", "refused"] as const) {
      if (bits === 32 && profiles === "refused") continue;
      const { page, simulator } = open(PICTURES.opaque, { bits, mode }, { profiles });
      const pixels = await read(page, null, 4096);
      expect(offset(pixels).worst).toBeLessThanOrEqual(bits === 8 ? most : Math.min(most, 1));
      expect([pixels.raster.width, pixels.raster.height]).toEqual([W, H]);
      expect(simulator.imaging.leaked).toBe(0);
    }
  }
});

test.each([8, 16, 32] as const)("a grey document of %i bits comes as grey, trimmed or not", async (bits) => {
  for (const layers of [PICTURES.opaque, PICTURES.trimmed]) {
    const { page } = open(layers, { bits, mode: "grayscaleMode" });
    const { raster } = await read(page, null, 4096);
    for (const [x, y] of [
      [40, 50],
      [120, 90],
    ]) {
      const at = (y * W + x) * 4;
      const luma = 0.299 * x + 0.587 * y + 0.114 * 77;
      for (let c = 0; c < 3; c++) expect(Math.abs(raster.data[at + c] - luma)).toBeLessThanOrEqual(1);
    }
  }
});

test.each(["bitmapMode", "multichannelMode"])(
  "pixels that %s does not give are said, with what to do",
  async (mode) => {
    const { page } = open(PICTURES.opaque, { mode });
    await expect(page.pixels(null, 100)).rejects.toThrow(/Photoshop gave no pixels: .*Image > Mode > RGB Color first/);
    const given = open(PICTURES.opaque, { mode }, { exoticPixels: "gives" });
    expect((await given.page.pixels(null, 4096)).width).toBe(W);
  },
);

test("an Indexed Color document is read", async () => {
  const { page } = open(PICTURES.opaque, { mode: "indexedColorMode" });
  expect(offset(await read(page, null, 4096)).worst).toBe(0);
});

test.each(["throw", "zero"] as const)("an empty document reads as transparent (%s)", async (empty) => {
  const { page, simulator } = open([], {}, { empty });
  const { raster, region } = await read(page, null, 100);
  expect(raster.data.every((value) => value === 0)).toBe(true);
  expect([region.x1, region.y1]).toEqual([W, H]);
  const hidden = open([places(500, 500, 20, 20)], {}, { empty });
  expect((await read(hidden.page, null, 100)).raster.data.every((value) => value === 0)).toBe(true);
  expect(simulator.imaging.leaked).toBe(0);
});

test("a document that is closed or changed while it is read is not mixed up with another", async () => {
  const { simulator, page, document } = open(PICTURES.opaque);
  const other = simulator.open(documentState(30, 30));
  simulator.close(other);
  const reading = page.pixels(null, 100);
  simulator.fault = { at: simulator.calls.length, kind: "close" };
  await expect(reading).rejects.toThrow(/was closed/);
  expect(document.isOpen).toBe(false);
  expect(simulator.imaging.leaked).toBe(0);
});

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

test.each([8, 16, 32] as const)("the selection comes with its soft edges (%i bits)", async (bits) => {
  const { page, document } = open(PICTURES.opaque, { bits });
  expect(await page.end.call("selection", {})).toBeNull();
  const mask = noiseMask(40, 30, 25, 20, 6);
  document.act("Select", document.selected(toCoverage(mask)));
  expect(await page.end.call("selection", {})).toEqual(mask);
});

test("100 megapixels stay far below Photoshop's warning at 600 MB", async () => {
  const side = 10_000;
  const simulator = new Simulator({ cacheLevels: 4 });
  const strip = pixelLayer(1, { x: 2000, y: 100, width: 6000, height: 2, pixels: noise(6000, 2, 1, true) });
  simulator.open({ ...documentState(8, 8), width: side, height: side, layers: [strip], activeLayer: 1 });
  const page = new TestPage(simulator);
  pages.push(page);
  const data = new Uint8Array(9000 * 9000).fill(200);
  const mask = { x: 500, y: 500, width: 9000, height: 9000, data };
  await page.apply({ kind: "selection", mode: "replace" }, [{ name: "Wall", mask, parent: null }]);
  expect(simulator.imaging.leaked).toBe(0);
  expect(simulator.imaging.peak).toBeLessThan(300e6);
}, 240_000);
