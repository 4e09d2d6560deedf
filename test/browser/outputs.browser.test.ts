import {
  box,
  cocoMask,
  type Rle,
  readCoco,
  rleArea,
  rleBox,
  rleIntersect,
  rleIou,
  rleSubtract,
  rleUnion,
} from "@masksmith/core";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PsdFile } from "../photoshop/psdFile.js";
import { disposeNodeEngine, nodeCandidate } from "./support/nodeEngine.js";
import { ORIGINS } from "./support/origins.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PanelDriver, PLAIN } from "./support/panel.js";
import {
  bitsOf,
  documentOf,
  HEIGHT,
  maskOf,
  otherColours,
  pathMask,
  placed,
  type Shown,
  same,
  WIDTH,
} from "./support/shownDocument.js";
import { WORDS } from "./support/words.js";

/** Boxes around the right and the front of the included photograph's cup and saucer: what they hold lies half in each other. */
const BOXES = [
  [
    [300, 60],
    [480, 330],
  ],
  [
    [180, 180],
    [400, 360],
  ],
] as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

describe.each(ORIGINS)("outputs, %s", (origin) => {
  let watched: WatchedPage;
  let panel: PanelDriver;
  let first: Rle;
  let second: Rle;
  let steps = 0;

  /** Applies one object and gives the document after it; each is one step of its history. */
  async function apply(object: string, output: string, mode?: string): Promise<Shown> {
    await panel.activate(object);
    expect(await panel.apply(output, mode)).toMatch(WORDS.output.done);
    const shown = await documentOf(panel);
    expect(shown.step).toBe(++steps);
    return shown;
  }

  beforeAll(async () => {
    watched = await openPage(browser, origin, { settings: PLAIN, viewport: { width: 1280, height: 900 } });
    panel = new PanelDriver(watched.page);
    await panel.ready();
    await panel.press("r");
    for (const corners of BOXES) {
      await panel.press("n");
      await panel.drag(corners);
    }
    await panel.press("p");
    [first, second] = (await panel.masks()) as [Rle, Rle];
  });
  afterAll(() => watched.close());

  test("a selection is replaced, added to, subtracted from and intersected with as sets are", async () => {
    const selected = async (object: string, mode: string) =>
      maskOf((await apply(object, WORDS.output.selection, mode)).selection);
    same(await selected("Object 1", WORDS.modes.replace), first);
    same(await selected("Object 2", WORDS.modes.add), rleUnion(first, second));
    same(await selected("Object 1", WORDS.modes.subtract), rleSubtract(rleUnion(first, second), first));
    same(await selected("Object 1", WORDS.modes.replace), first);
    same(await selected("Object 2", WORDS.modes.intersect), rleIntersect(first, second));
  });

  test("a selection is taken as prompt, and answered as the engine does", async () => {
    await apply("Object 1", WORDS.output.selection, WORDS.modes.replace);
    await panel.button(WORDS.selectionPrompt).first().click();
    await panel.settled();
    const [x, y, width, height] = rleBox(first);
    const prompt = { mask: first, box: box("document", x, y, x + width, y + height) };
    const masks = await panel.masks();
    expect(masks).toHaveLength(3);
    same(masks[2], (await nodeCandidate(prompt)).mask);
    await panel.press("Control+z");
    expect(await panel.masks()).toHaveLength(2);
  });

  test("an alpha channel and a path have the object's shape", async () => {
    const { channels } = await apply("Object 1", WORDS.output.alphaChannel);
    expect(channels).toHaveLength(1);
    same(maskOf(channels[0]), first);
    const { paths } = await apply("Object 1", WORDS.output.path);
    expect(paths).toHaveLength(1);
    // Its corners may lie a pixel off.
    same(pathMask(paths[0]), first, 0.98);
  });

  test("PNG, cut-out, SVG and COCO are read back by others", async () => {
    await panel.activate("Object 1");
    await panel.button(WORDS.hide("Object 2")).click();
    const png = await sharp((await panel.exportAs(WORDS.files.mask)).bytes)
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([png.info.width, png.info.height]).toEqual([WIDTH, HEIGHT]);
    same(bitsOf(png.data), first);

    const cut = await panel.exportAs(WORDS.files.cutOut);
    await panel.page.getByText("Cutout of Object 1 saved.").first().waitFor();
    const { data, info } = await sharp(cut.bytes).raw().toBuffer({ resolveWithObject: true });
    const alpha = await placed({ width: info.width, height: info.height, data });
    same(maskOf(alpha, 4, 3), first);
    expect(await otherColours(alpha)).toBe(0);

    const svg = (await panel.exportAs(WORDS.files.outlines)).bytes;
    const drawn = await sharp(svg).flatten({ background: "#ffffff" }).extractChannel(1).raw().toBuffer();
    same(bitsOf(Uint8Array.from(drawn, (value) => (value < 250 ? 255 : 0))), first, 0.98);

    const coco = readCoco((await panel.exportAs(WORDS.files.coco)).bytes.toString());
    expect(coco.images).toMatchObject([{ fileName: "coffee.png", width: WIDTH, height: HEIGHT }]);
    expect(coco.annotations).toHaveLength(1);
    const [annotation] = coco.annotations;
    expect(annotation).toMatchObject({ imageId: coco.images[0].id, area: rleArea(first), bbox: rleBox(first) });
    expect(rleIou(cocoMask(annotation!, coco.images[0]), first)).toBe(1);
    await panel.button(WORDS.show("Object 2")).click();
  });

  test("a new layer has the object's pixels, a layer mask its shape, a group both objects", async () => {
    const cut = (await apply("Object 1", WORDS.output.newLayer)).layers.at(-1)!;
    same(maskOf(cut.pixels, 4, 3), first);
    expect(await otherColours(cut.pixels!)).toBe(0);
    const masked = (await apply("Object 2", WORDS.output.layerMask, WORDS.modes.replace)).layers.at(-1)!;
    expect(masked.name).toBe(cut.name);
    same(maskOf(masked.mask), second);
    await panel.page.locator("#lists").getByText("Background", { exact: true }).click();
    const { layers } = await apply("Object 1", WORDS.output.group);
    expect(layers.map(({ name }) => name)).toEqual(["Background", "Object 1", "Object 2", "Object 1"]);
    const members = layers.slice(1);
    same(maskOf(members[0].mask), first);
    same(maskOf(members[1].mask), second);
  });

  test("a layer mask becomes the selection by its button and by Ctrl + click, one step each, and then a prompt", async () => {
    const { page } = panel;
    await page.getByRole("button", { name: "Load layer mask of Object 2 as selection" }).press("Enter");
    let shown = await documentOf(panel);
    expect(shown.step).toBe(++steps);
    same(maskOf(shown.selection), second);
    await page
      .getByRole("button", { name: "Layer mask of Object 1", exact: true })
      .last()
      .click({ modifiers: ["Control"] });
    shown = await documentOf(panel);
    expect(shown.step).toBe(++steps);
    expect(shown.layers.every(({ mask }) => mask === null || mask.enabled)).toBe(true);
    same(maskOf(shown.selection), first);
    await panel.button(WORDS.selectionPrompt).first().click();
    await panel.settled();
    expect(await panel.objects()).toHaveLength(3);
    await panel.press("Control+z");
  });

  test("the saved PSD has all of it, read by another reader", async () => {
    const { bytes } = await panel.download(() => panel.button(WORDS.picture.save).click());
    const file = new PsdFile(bytes);
    same(bitsOf(await file.alpha("Object 1")), first);
    same(bitsOf(await file.mask("Object 1")), second);
    same(bitsOf(await file.channel()), first);
    same(bitsOf(file.path(0)), first, 0.98);
    same(bitsOf(await file.mask("Object 2")), second);
  });

  test("undo takes every output back, one step each", async () => {
    const undo = panel.page.locator("#bar").getByRole("button", { name: WORDS.picture.undo });
    for (; steps > 0; steps--) await undo.click();
    expect(await undo.isEnabled()).toBe(false);
    const { layers, ...rest } = await documentOf(panel);
    expect(rest).toEqual({ step: 0, selection: null, channels: [], paths: [] });
    expect(layers).toEqual([{ name: "Background", mask: null, pixels: null }]);
  });

  test("masked layers export as PSD over the picture, and the open document stays", async () => {
    const { name, bytes } = await panel.exportAs(WORDS.files.psd);
    expect(name).toBe("coffee-layers.psd");
    const file = new PsdFile(bytes);
    same(bitsOf(await file.mask("Object 1")), first);
    same(bitsOf(await file.mask("Object 2")), second);
    expect((await file.alpha("Background")).every((value) => value === 255)).toBe(true);
    expect((await documentOf(panel)).step).toBe(0);
    expect([watched.foreign, watched.problems]).toEqual([[], []]);
  });
});
