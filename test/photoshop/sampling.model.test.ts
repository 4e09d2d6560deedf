import { box } from "@masksmith/core";
import { afterEach, describe, expect, test } from "vitest";
import type { Layer, PixelLayer } from "../../hosts/browser/src/document/model.js";
import type { HostDocument } from "../../panel/host.js";
import { BridgeHost } from "../../plugin/webview/bridgeHost.js";
import { fitted } from "../../plugin/webview/fit.js";
import { documentState, groupLayer, noise, pixelLayer } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { startPanel } from "./panelSession.js";
import { TestPage, until } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import { type DocumentOptions, withPicture } from "./simulator/state.js";
import { selectLayers } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

ownClock();

const W = 241;
const H = 187;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function open(layers: readonly Layer[], variants: Partial<Variants> = {}, options: DocumentOptions = {}) {
  const simulator = new Simulator(variants);
  const document = simulator.open({ ...documentState(W, H), layers, activeLayer: layers[0]?.id ?? null }, options);
  const page = new TestPage(simulator);
  closing.push(() => page.close());
  return { simulator, document, page };
}

/** A layer whose colours say where on the canvas they lie: red is x, green is y. */
function places(id: number, changes: Partial<PixelLayer> = {}): PixelLayer {
  const { x = 0, y = 0, width = W, height = H } = changes;
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) pixels.set([x + (i % width), y + Math.floor(i / width), 77, 255], i * 4);
  return pixelLayer(id, { ...changes, width, height, pixels });
}

function noisy(id: number, changes: Partial<PixelLayer> = {}): PixelLayer {
  return pixelLayer(id, { width: W, height: H, pixels: noise(W, H, id, true), ...changes });
}

const ALL = box("document", 0, 0, W, H);

async function sampled(page: TestPage, maxSide: number) {
  return fitted(await page.pixels(null, maxSide, null, "active"), ALL, maxSide).raster;
}

const LAYERS: Readonly<Record<string, PixelLayer>> = {
  "under a visible one": places(1),
  hidden: places(1, { visible: false }),
  "half transparent, masked, clipped": places(1, {
    opacity: 0.3,
    clipped: true,
    mask: { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0), outside: 0, enabled: true },
  }),
  "off the canvas, to the left and above": places(1, { x: -53, y: -31 }),
  "off the canvas on all sides": places(1, { x: -20, y: -17, width: W + 50, height: H + 40 }),
  "trimmed, in a corner": places(1, { x: 101, y: 77, width: 90, height: 60 }),
};

describe.each(Object.entries(LAYERS))("the active layer, %s", (_, layer) => {
  test.each([1, 4])("comes alone and lies where it is, levels %i", async (cacheLevels) => {
    const { page, simulator } = open([layer, noisy(2), noisy(3, { visible: false })], { cacheLevels });
    for (const maxSide of [2048, 120, 60, 33]) {
      const { width, height, data } = await sampled(page, maxSide);
      const pixel = W / width;
      let [opaque, worst] = [0, 0];
      for (let i = 0; i < width * height; i++) {
        if (data[i * 4 + 3] !== 255) continue;
        opaque++;
        const [x, y] = [((i % width) + 0.5) * pixel - 0.5, ((Math.floor(i / width) + 0.5) * H) / height - 0.5];
        worst = Math.max(worst, Math.abs(data[i * 4] - x), Math.abs(data[i * 4 + 1] - y));
      }
      expect(worst, `${maxSide}`).toBeLessThanOrEqual(pixel === 1 ? 0 : 1.5 * pixel);
      const [left, top] = [Math.max(layer.x, 0), Math.max(layer.y, 0)];
      const [right, bottom] = [Math.min(layer.x + layer.width, W), Math.min(layer.y + layer.height, H)];
      const area = ((right - left) * (bottom - top)) / pixel ** 2;
      expect(Math.abs(opaque - area) / area, `${maxSide}`).toBeLessThan(pixel === 1 ? 1e-9 : 0.2);
    }
    expect(simulator.imaging.leaked).toBe(0);
  });
});

test.each(["throw", "zero"] as const)(
  "a layer wholly off the canvas is transparent, not an error (%s)",
  async (empty) => {
    const { page } = open([places(1, { x: -90, y: 0, width: 60, height: 60 }), noisy(2)], { empty });
    expect((await sampled(page, 100)).data.every((value) => value === 0)).toBe(true);
  },
);

test("what has no pixels of its own is named, with what to do", async () => {
  const { page, simulator, document } = open(
    [groupLayer(9, [places(1)]), places(2), places(3)],
    {},
    { kinds: { 3: "curves" } },
  );
  const read = () => page.pixels(null, 100, null, "active");
  await expect(read()).rejects.toThrow(
    /“Group 9” has no pixels of its own: select another layer, or sample all layers/,
  );
  selectLayers(simulator, document, 3);
  await expect(read()).rejects.toThrow(/“Layer 3” has no pixels/);
  selectLayers(simulator, document, 1, 2);
  await expect(read()).rejects.toThrow(/Select one layer in the Layers panel, or sample all layers/);
  selectLayers(simulator, document, 1);
  expect((await read()).version).toBe((await page.document()).layerVersion);
});

describe("the page's host", () => {
  function hosted() {
    const opened = open([places(1), noisy(2, { x: 30 })]);
    const host = new BridgeHost(opened.page.end, async () => null);
    opened.page.heard = (name, value) => host.heard(name, value);
    const told: (HostDocument | null)[] = [];
    host.on("document", (document) => told.push(document));
    /** A dab of paint on a layer, and the history step it makes. */
    const paint = (id: number) => {
      const { document } = opened;
      const layers = document.state.picture.layers.map((one) => {
        if (one.id !== id || one.kind !== "pixels") return one;
        const pixels = one.pixels.slice();
        pixels[(10 * W + 40) * 4] ^= 0x55;
        return { ...one, pixels };
      });
      document.act("Brush", withPicture(document.state, { layers }));
    };
    return { ...opened, host, told, paint };
  }
  const firstPixel = ({ raster }: Awaited<ReturnType<BridgeHost["readPixels"]>>, x: number, y: number) =>
    Array.from(raster.data.slice((y * W + x) * 4, (y * W + x) * 4 + 3));

  test("reads the layer or all of them, each with a version of its own", async () => {
    const { host, told } = hosted();
    const all = (await host.document())!;
    const composite = await host.readPixels(null, 2048);
    host.sampleLayer(true);
    const layer = told.at(-1)!;
    expect(layer.version).not.toBe(all.version);
    const alone = await host.readPixels(null, 2048);
    expect([composite.version, alone.version]).toEqual([all.version, layer.version]);
    expect(firstPixel(alone, 200, 100)).toEqual([200, 100, 77]);
    expect(firstPixel(composite, 200, 100)).not.toEqual([200, 100, 77]);
    host.sampleLayer(false);
    expect(told.at(-1)!.version).toBe(all.version);
    expect(
      Buffer.compare(Buffer.from((await host.readPixels(null, 2048)).raster.data), Buffer.from(composite.raster.data)),
    ).toBe(0);
  });

  test("reads another layer whole, and of the same one what differs", async () => {
    const { host, told, page, simulator, document, paint } = hosted();
    await host.document();
    host.sampleLayer(true);
    const first = await host.readPixels(null, 2048);
    paint(2);
    await until(() => told.at(-1)?.version !== first.version);
    const sent = page.webview.bytes;
    const second = await host.readPixels(null, 2048);
    // What was painted on another layer is nothing of this one.
    expect(page.webview.bytes - sent).toBeLessThan(5_000);
    expect(second.version).not.toBe(first.version);
    expect(Buffer.compare(Buffer.from(second.raster.data), Buffer.from(first.raster.data))).toBe(0);
    selectLayers(simulator, document, 2);
    await until(() => told.at(-1)?.activeLayer === "Layer 2");
    const other = await host.readPixels(null, 2048);
    expect(other.raster.data[3]).toBe(0);
    const own = document.layer(2) as PixelLayer;
    expect(firstPixel(other, 200, 100)).toEqual(
      Array.from(own.pixels.slice((100 * W + 170) * 4, (100 * W + 170) * 4 + 3)),
    );
  });
});

test("the panel looks at the active layer where that is set, follows it, and has it kept", async () => {
  const files = new Map<string, unknown>();
  const { simulator, document } = open([places(1), noisy(2)]);
  const page = new TestPage(simulator, files);
  closing.push(() => page.close());
  const { session, model, ready } = await startPanel(page);
  closing.push(() => session.dispose());
  const sees = (x: number, y: number) => Array.from(model.shown!.data.slice((y * W + x) * 4, (y * W + x) * 4 + 3));
  expect(sees(100, 50)).not.toEqual([100, 50, 77]);
  session.settings.update({ sample: "layer" });
  await until(() => model.encoded === 2);
  await ready();
  expect(sees(100, 50)).toEqual([100, 50, 77]);
  selectLayers(simulator, document, 2);
  await until(() => model.encoded === 3);
  expect(sees(100, 50)).not.toEqual([100, 50, 77]);
  selectLayers(simulator, document, 1);
  await until(() => model.encoded === 4);
  page.webview.load();
  const again = await startPanel(page);
  closing.push(() => again.session.dispose());
  expect(again.session.settings.value.sample).toBe("layer");
  expect(Array.from(again.model.shown!.data.slice(0, 3))).toEqual([0, 0, 77]);
});
