import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PanelDriver } from "./support/panel.js";

const PATIENCE = { timeout: 110_000 };
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
let folder: string;
let watched: WatchedPage;
let panel: PanelDriver;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "masksmith-label-"));
  await writeFile(join(folder, "2.png"), await discs(190));
  await writeFile(join(folder, "10.png"), await discs(170));
  await writeFile(join(folder, "notes.txt"), "no picture");
  browser = await launchBrowser();
  watched = await openPage(browser, "served", { viewport: { width: 1280, height: 1000 } });
  panel = new PanelDriver(watched.page);
  await watched.page.getByRole("tab", { name: "Label" }).click(PATIENCE);
  // The model's own answers and few points: enough for discs.
  await watched.page.evaluate(() =>
    document
      .querySelector("masksmith-panel")!
      .session!.settings.update({ edges: "off", zoom: false, recommend: false, detail: "coarse" }),
  );
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Annotation {
  readonly image_id: number;
  readonly stage: string;
  readonly seconds?: number;
}

async function download(button: string): Promise<{ name: string; bytes: Buffer }> {
  const coming = panel.page.waitForEvent("download", PATIENCE);
  await panel.page.getByRole("button", { name: button }).click();
  const file = await coming;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

async function coco(): Promise<{ images: { id: number; file_name: string }[]; annotations: Annotation[] }> {
  return JSON.parse((await download("Save COCO")).bytes.toString());
}

async function choose(button: "Choose folder" | "Choose images", paths: string | string[]): Promise<void> {
  const chooser = panel.page.waitForEvent("filechooser");
  await panel.page.getByRole("button", { name: button }).click();
  await (await chooser).setFiles(paths);
  await panel.page.getByText("Image 1 of 2", { exact: true }).waitFor();
}

/** What is on record, by picture. */
const stages = () =>
  panel.page.evaluate(() =>
    [...document.querySelector("masksmith-panel")!.session!.labelling.progress.value.done.values()].map(
      ({ picture, items }) => [picture.name, items.map(({ stage }) => stage).sort()] as const,
    ),
  );

const found = () =>
  panel.page.waitForFunction(
    () => document.querySelector("masksmith-panel")!.session!.proposals.result.value.phase === "done",
    null,
    PATIENCE,
  );

describe("labelling a folder", () => {
  test("by hand: assisted-manual, with a click that is answered only after Page down", async () => {
    await panel.page.getByRole("switch", { name: "Start with automatic masks" }).uncheck();
    await choose("Choose folder", folder);
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
    const { name, bytes } = await download("Save SA-1B");
    expect(name).toBe("sa-1b.zip");
    const files = unzipSync(bytes);
    expect(Object.keys(files)).toEqual(["2.json", "10.json"]);
    expect(JSON.parse(strFromU8(files["10.json"])).annotations).toHaveLength(1);
  });

  test("records outlive the page, whatever was saved, until the user clears them", async () => {
    await panel.page.reload();
    await panel.page.getByText("2 masks, 2 images").waitFor(PATIENCE);
    expect(await panel.page.evaluate(() => localStorage.getItem("masksmith.labels"))).toBeNull();
    await panel.page.getByRole("button", { name: "Clear records" }).click();
    await panel.page.getByText("2 masks, 2 images").waitFor({ state: "detached" });
    await panel.page.getByRole("button", { name: "Restore" }).click();
    await panel.page.getByText("2 masks, 2 images").waitFor();
    await panel.page.getByRole("button", { name: "Clear records" }).click();
  });

  test("after automatic masks: semi-automatic for what was missing, both in the record, which going back keeps", async () => {
    await panel.page.getByRole("switch", { name: "Start with automatic masks" }).check();
    const paths = ["3.png", "4.png"].map((name) => join(folder, name));
    for (const [i, path] of paths.entries()) await writeFile(path, await discs(150 - 20 * i));
    await choose("Choose images", paths);
    await panel.ready("3.png");
    await found();
    const count = () =>
      panel.page.evaluate(() => document.querySelector("masksmith-panel")!.session!.proposals.kept().length);
    const all = await count();
    expect(all).toBeGreaterThanOrEqual(2);
    await panel.page.getByRole("tab", { name: "All objects" }).click();
    const red = await panel.at(...RED);
    await panel.page.mouse.click(red.x, red.y);
    expect(await count()).toBe(all - 1);
    await panel.page.getByRole("tab", { name: "Label" }).click();
    await panel.click(...RED);
    await panel.page.keyboard.press("PageDown");
    await panel.page.getByText("Image 2 of 2", { exact: true }).waitFor(PATIENCE);
    const record = ["3.png", [...new Array(all - 1).fill("automatic"), "semi-automatic"]];
    expect(await stages()).toEqual([record]);
    await panel.page.keyboard.press("PageUp");
    await panel.page.getByText("Image 1 of 2", { exact: true }).waitFor(PATIENCE);
    await panel.page.keyboard.press("PageDown");
    await panel.page.getByText("Image 2 of 2", { exact: true }).waitFor(PATIENCE);
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
    await panel.page
      .locator("masksmith-panel .notice", { hasText: "Couldn't store the record of “3.png”" })
      .waitFor(PATIENCE);
    const [[, kept]] = (await stages()) as [[string, string[]]];
    expect(kept.filter((stage) => stage === "semi-automatic")).toHaveLength(2);
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});
