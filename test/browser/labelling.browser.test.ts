import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disposeNodeEngine, knownEmbedding, standIn } from "./support/nodeEngine.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PATIENCE, PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";

/** Middles of the two discs. */
const RED = [90, 90] as const;
const BLUE = [230, 120] as const;

/** Two discs on grey; the shade keeps the pictures apart. */
function discs(shade: number): Promise<Buffer> {
  const disc = ([x, y]: readonly [number, number], fill: string) =>
    `<circle cx="${x}" cy="${y}" r="50" fill="${fill}"/>`;
  const picture = `<rect width="320" height="220" fill="rgb(${shade},${shade},${shade})"/>${disc(RED, "#c8281e")}${disc(BLUE, "#2038b8")}`;
  return sharp(Buffer.from(`<svg width="320" height="220">${picture}</svg>`))
    .png()
    .toBuffer();
}

let browser: Browser;
/** Of the pictures that are chosen as a folder, and of those that are chosen one by one. */
let folder: string;
let more: string;
let watched: WatchedPage;
let panel: PanelDriver;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "masksmith-label-"));
  more = await mkdtemp(join(tmpdir(), "masksmith-label-"));
  await writeFile(join(folder, "notes.txt"), "no picture");
  const shades = { "2.png": 190, "10.png": 170, "3.png": 150, "4.png": 130 };
  const known = [];
  for (const [name, shade] of Object.entries(shades)) {
    const [picture, same] = [await discs(shade), await discs(shades["3.png"])];
    known.push(shade === shades["3.png"] ? await knownEmbedding(picture) : await standIn(picture, same));
    await writeFile(join(name.length > 5 || name === "2.png" ? folder : more, name), picture);
  }
  browser = await launchBrowser();
  watched = await openPage(browser, "served", { known, settings: PLAIN, viewport: { width: 1280, height: 1000 } });
  panel = new PanelDriver(watched.page);
  await panel.tab("label");
});
afterAll(async () => {
  await browser?.close();
  for (const made of [folder, more]) await rm(made, { recursive: true, force: true });
  await disposeNodeEngine();
});

interface Annotation {
  readonly image_id: number;
  readonly stage: string;
  readonly seconds?: number;
}

const save = (button: string) => panel.download(() => panel.button(button).click());

async function coco(): Promise<{ images: { id: number; file_name: string }[]; annotations: Annotation[] }> {
  return JSON.parse((await save(WORDS.label.coco)).bytes.toString());
}

const place = (picture: number) =>
  panel.page.getByText(WORDS.label.place(picture, 2), { exact: true }).waitFor(PATIENCE);

async function choose(button: string, paths: string | string[]): Promise<void> {
  await panel.choose(button, paths);
  await place(1);
}

/** What is on record, by picture. */
const stages = () =>
  panel.page.evaluate(() =>
    [...seen.session().labelling.progress.value.done.values()].map(
      ({ picture, items }) => [picture.name, items.map(({ stage }) => stage).sort()] as const,
    ),
  );

const found = () =>
  panel.page.waitForFunction(() => seen.session().proposals.result.value.phase === "done", null, PATIENCE);

describe("labelling a folder", () => {
  test("by hand: assisted-manual, with a click that is answered only after Page down", async () => {
    await panel.switch(WORDS.settings.prefill).uncheck();
    await choose(WORDS.label.folder, folder);
    await panel.ready("2.png");
    const at = await panel.at(...RED);
    await panel.page.mouse.click(at.x, at.y);
    await panel.page.keyboard.press("PageDown");
    await panel.ready("10.png");
    await panel.click(...BLUE);
    const { images, annotations } = await coco();
    expect(images.map(({ file_name }) => file_name)).toEqual(["2.png", "10.png"]);
    expect(annotations.map(({ stage }) => stage)).toEqual(["assisted-manual", "assisted-manual"]);
    for (const { seconds } of annotations) expect(seconds).toBeLessThan(60);
  });

  test("SA-1B files of several pictures are one download", async () => {
    const { name, bytes } = await save(WORDS.label.sa1b);
    expect(name).toBe("sa-1b.zip");
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(["2.json", "10.json"]);
    expect(JSON.parse(strFromU8(files["10.json"])).annotations).toHaveLength(1);
  });

  test("records outlive the page, whatever was saved, until the user clears them", async () => {
    await panel.page.reload();
    await panel.page.getByText(WORDS.label.count(2, 2)).waitFor(PATIENCE);
    expect(await panel.page.evaluate(() => localStorage.getItem("masksmith.labels"))).toBeNull();
    await panel.button(WORDS.label.clear).click();
    await panel.page.getByText(WORDS.label.count(2, 2)).waitFor({ state: "detached" });
    await panel.button(WORDS.label.restore).click();
    await panel.page.getByText(WORDS.label.count(2, 2)).waitFor();
    await panel.button(WORDS.label.clear).click();
  });

  test("after automatic masks: semi-automatic for what was missing, both in the record, which going back keeps", async () => {
    await panel.switch(WORDS.settings.prefill).check();
    await choose(
      WORDS.label.pictures,
      ["3.png", "4.png"].map((name) => join(more, name)),
    );
    await panel.ready("3.png");
    await found();
    const count = () => panel.page.evaluate(() => seen.session().proposals.kept().length);
    const all = await count();
    expect(all).toBeGreaterThanOrEqual(2);
    await panel.tab("objects");
    const red = await panel.at(...RED);
    await panel.page.mouse.click(red.x, red.y);
    expect(await count()).toBe(all - 1);
    await panel.tab("label");
    await panel.click(...RED);
    await panel.page.keyboard.press("PageDown");
    await place(2);
    const record = ["3.png", [...new Array(all - 1).fill("automatic"), "semi-automatic"]];
    expect(await stages()).toEqual([record]);
    await panel.page.keyboard.press("PageUp");
    await place(1);
    await panel.page.keyboard.press("PageDown");
    await place(2);
    expect(await stages()).toEqual([record]);
    await panel.page.keyboard.press("PageUp");
    await panel.ready("3.png");
    expect(await count()).toBe(all - 1);
  });

  test("a record that cannot be stored is said, and kept as long as the page is open", async () => {
    await panel.page.evaluate(() => {
      const open = indexedDB.open.bind(indexedDB);
      Object.defineProperty(indexedDB, "open", {
        value: (name: string, version?: number) => {
          if (name === "masksmith-work") throw new DOMException("refused", "SecurityError");
          return open(name, version);
        },
      });
    });
    await panel.press("n");
    await panel.click(...BLUE);
    await panel.page.keyboard.press("PageDown");
    await panel.notice(WORDS.label.notStored("3.png")).waitFor(PATIENCE);
    const [[, kept]] = (await stages()) as [[string, string[]]];
    expect(kept.filter((stage) => stage === "semi-automatic")).toHaveLength(2);
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});
