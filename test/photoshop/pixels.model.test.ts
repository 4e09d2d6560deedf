import { box } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { HostPixels } from "../../panel/host.js";
import { fitted, wholeRegion } from "../../plugin/webview/fit.js";
import { documentState, noise, noiseMask, pixelLayer } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { H, open, pages, places, W } from "./openedPixels.js";
import { TestPage } from "./session.js";
import { Simulator } from "./simulator/simulator.js";

ownClock();

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
