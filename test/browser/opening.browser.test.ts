import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writePsdUint8Array } from "ag-psd";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { type ChosenFile, PanelDriver } from "./support/panel.js";
import { WORDS } from "./support/words.js";

let browser: Browser;
let open: WatchedPage;
let page: Page;
beforeAll(async () => {
  browser = await launchBrowser();
  open = await openPage(browser, "served", { viewport: { width: 1200, height: 800 } });
  page = open.page;
});
afterAll(async () => {
  await open?.close();
  await browser?.close();
});

const choose = (file: string | ChosenFile) => new PanelDriver(page).choose(WORDS.picture.open, file);

/** The picture's colour in the middle of the view. */
function middle(): Promise<number[]> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("#stage canvas")!;
    const { data } = canvas.getContext("2d")!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
    return [...data];
  });
}

/** What the page's own thread holds, buffers included. */
async function heldBytes(): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const usage = (await session.send("Runtime.getHeapUsage")) as { usedSize: number; backingStorageSize?: number };
  await session.detach();
  return usage.usedSize + (usage.backingStorageSize ?? Number.NaN);
}

const title = () => page.textContent("#bar .title");

describe("opening a picture", () => {
  test("turns it upright as its EXIF orientation says", async () => {
    const turned = await sharp("test/fixtures/coffee.png").withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await choose({ name: "turned.jpg", mimeType: "image/jpeg", buffer: turned });
    await expect.poll(title).toContain("turned.jpg · 400 × 600");
  });

  test("converts its colours to sRGB", async () => {
    const colour = { r: 200, g: 40, b: 60 };
    const flat = sharp({ create: { width: 64, height: 64, channels: 3, background: colour } });
    await choose({ name: "p3.png", mimeType: "image/png", buffer: await flat.withIccProfile("p3").png().toBuffer() });
    await expect.poll(title).toContain("p3.png · 64 × 64");
    await expect
      .poll(async () => {
        const [r, g, b] = await middle();
        return Math.max(Math.abs(r - colour.r), Math.abs(g - colour.g), Math.abs(b - colour.b));
      })
      .toBeLessThanOrEqual(3);
  });

  test("takes a pasted picture", async () => {
    await page.locator("#bar .title", { hasText: "×" }).waitFor();
    const png = await sharp({ create: { width: 30, height: 20, channels: 4, background: "#0000ff80" } })
      .png()
      .toBuffer();
    await page.evaluate((base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
      window.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    }, png.toString("base64"));
    await expect.poll(title).toContain("image.png · 30 × 20");
    await expect.poll(() => page.getByRole("button", { name: "Layer 0", exact: true }).count()).toBe(1);
  });

  test("lists hundreds of layers at a time, so that the page answers whatever a file has", async () => {
    const children = Array.from({ length: 700 }, (_, i) => ({ name: `L${i}` }));
    const buffer = Buffer.from(writePsdUint8Array({ width: 8, height: 8, children }, { noBackground: true }));
    await choose({ name: "many.psd", mimeType: "image/vnd.adobe.photoshop", buffer });
    await expect.poll(title).toContain("many.psd");
    const rows = page.locator("[data-layer]");
    await expect.poll(() => rows.count()).toBe(500);
    await page.getByRole("button", { name: "Show 200 more layers" }).click();
    await expect.poll(() => rows.count()).toBe(700);
    await expect.poll(() => page.getByRole("button", { name: /more layers/ }).count()).toBe(0);
  });

  test("asks before it drops unsaved work", async () => {
    await page.keyboard.press("Control+a");
    const again = await sharp({ create: { width: 10, height: 10, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    await choose({ name: "red.png", mimeType: "image/png", buffer: again });
    await page.getByRole("dialog").getByRole("button", { name: WORDS.picture.keepOpen }).click();
    expect(await title()).toContain("many.psd");
    await choose({ name: "red.png", mimeType: "image/png", buffer: again });
    await page.getByRole("dialog").getByRole("button", { name: WORDS.picture.discard }).click();
    await expect.poll(title).toContain("red.png");
  });

  test("shows 50 megapixels and holds them once, with a third more for their reduced copies", async () => {
    const folder = await mkdtemp(join(tmpdir(), "masksmith-"));
    const path = join(folder, "large.jpg");
    await sharp("test/fixtures/coffee.png").resize(8660, 5773, { fit: "fill", kernel: "nearest" }).jpeg().toFile(path);
    await choose(path);
    await expect.poll(title, { timeout: 60_000 }).toContain("large.jpg · 8660 × 5773");
    await expect.poll(async () => (await middle())[3], { timeout: 30_000 }).toBe(255);
    await expect.poll(heldBytes, { timeout: 30_000 }).toBeLessThan(8660 * 5773 * 4 * 1.75);
    await rm(folder, { recursive: true });
  });

  test("breaks no rule of the page in all that", () => {
    expect(open.foreign).toEqual([]);
    expect(open.problems).toEqual([]);
  });
});
