import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ORIGINS } from "./support/origins.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PATIENCE } from "./support/panel.js";
import { WORDS } from "./support/words.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

/** Colours of the painted picture at a few points of the view, as the user sees them. */
async function seen(page: Page): Promise<number[][]> {
  return page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>("#stage canvas")!;
    const ctx = canvas.getContext("2d")!;
    return [0.2, 0.4, 0.5, 0.6, 0.8].map((share) => {
      const [x, y] = [Math.round(canvas.width * share), Math.round(canvas.height * 0.5)];
      return [...ctx.getImageData(x, y, 1, 1).data];
    });
  });
}

/** What is seen once the pointer is off the picture, so that no hover preview lies on it, and the canvas is at rest. */
async function seenAtRest(page: Page): Promise<number[][]> {
  await page.mouse.move(2, 2);
  let last = await seen(page);
  await expect
    .poll(async () => {
      const before = last;
      last = await seen(page);
      return String(last) === String(before);
    })
    .toBe(true);
  return last;
}

async function pictureShown(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const canvas = document.querySelector<HTMLCanvasElement>("#stage canvas");
      const middle = canvas?.getContext("2d")?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
      return middle !== undefined && middle[3] === 255;
    },
    null,
    PATIENCE,
  );
}

/** Gives the page a file as if dropped on test. */
async function drop(page: Page, name: string, type: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    ({ name, type, base64 }) => {
      const binary = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([binary], name, { type }));
      window.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    { name, type, base64: Buffer.from(bytes).toString("base64") },
  );
}

describe.each(ORIGINS)("the %s page", (origin) => {
  let open: WatchedPage;
  let page: Page;
  beforeAll(async () => {
    open = await openPage(browser, origin, { viewport: { width: 1200, height: 800 } });
    page = open.page;
    await pictureShown(page);
  });
  afterAll(() => open?.close());

  test("shows the included photograph and the panel", async () => {
    expect(await page.textContent("#bar .title")).toContain("coffee.png · 600 × 400");
    const colours = await seen(page);
    expect(new Set(colours.map(String)).size).toBeGreaterThan(3);
    await page.waitForSelector("masksmith-panel");
  });

  test("may share memory between threads exactly where it is served", async () => {
    expect(await page.evaluate(() => self.crossOriginIsolated)).toBe(origin === "served");
  });

  test("zooms with the keys and the wheel, and fits again", async () => {
    const zoom = () => page.textContent("#bar .zoom");
    const fitted = await zoom();
    await page.locator("#stage [role=application]").focus();
    await page.keyboard.press("1");
    await expect.poll(zoom).toBe("100%");
    await page.keyboard.press("+");
    await expect.poll(zoom).toBe("150%");
    await page.mouse.move(400, 400);
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await expect.poll(zoom).toBe("180%");
    await page.keyboard.press("0");
    await expect.poll(zoom).toBe(fitted);
  });

  test("moves the picture with space and drag", async () => {
    const before = await seenAtRest(page);
    await page.mouse.move(400, 400);
    await page.keyboard.down("Space");
    await page.mouse.down();
    await page.mouse.move(480, 460, { steps: 4 });
    await page.mouse.up();
    await page.keyboard.up("Space");
    await page.mouse.move(2, 2);
    await expect.poll(() => seen(page)).not.toEqual(before);
    await page.locator("#stage [role=application]").press("0");
    await expect.poll(() => seen(page)).toEqual(before);
  });

  test("hides a layer, undoes and redoes it", async () => {
    const before = await seenAtRest(page);
    await page.getByRole("button", { name: "Show Background" }).click();
    await expect.poll(() => seen(page)).not.toEqual(before);
    await page.getByRole("button", { name: WORDS.picture.undo, exact: true }).first().click();
    await expect.poll(() => seen(page)).toEqual(before);
    await page.keyboard.press("Control+Alt+Shift+Z");
    await expect.poll(() => seen(page)).not.toEqual(before);
    await page.keyboard.press("Control+Alt+Z");
    await expect.poll(() => seen(page)).toEqual(before);
  });

  test("keeps the open picture when a file cannot be read, and says so", async () => {
    await drop(page, "broken.png", "image/png", new Uint8Array([1, 2, 3, 4, 5]));
    await expect.poll(() => page.textContent("#message")).toContain("“broken.png” can't be opened");
    expect(await page.textContent("#bar .title")).toContain("coffee.png");
    await page.locator("#message").getByRole("button", { name: "Close" }).click();
  });

  test("saves a PSD and opens it again as it was", async () => {
    const before = await seen(page);
    await page.keyboard.press("Control+a");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: WORDS.picture.save }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("coffee.psd");
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    await drop(page, "again.psd", "", Buffer.concat(chunks));
    await expect.poll(() => page.textContent("#bar .title"), { timeout: 20_000 }).toContain("again.psd · 600 × 400");
    await expect.poll(() => seen(page)).toEqual(before);
  });

  test("asks nothing of any other origin and breaks none of its own rules", async () => {
    expect(open.foreign).toEqual([]);
    expect(open.problems).toEqual([]);
  });
});
