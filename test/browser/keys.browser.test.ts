import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PanelDriver } from "./support/panel.js";

/** Two objects of the included photograph that do not touch. */
const CUP = [300, 190] as const;
const CLOTH = [30, 30] as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe("controls keep their keys", () => {
  let watched: WatchedPage;
  let panel: PanelDriver;
  const objects = async () => (await panel.objects()).length;
  const dialog = () => panel.page.getByRole("dialog");
  const picture = (background: string) =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer();

  async function choose(name: string, buffer: Buffer): Promise<void> {
    const chooser = panel.page.waitForEvent("filechooser");
    await panel.page.getByRole("button", { name: "Open", exact: true }).click();
    await (await chooser).setFiles({ name, mimeType: "image/png", buffer });
  }

  /** Waits until another document is open and read. */
  async function replace(name: string, buffer: Buffer): Promise<void> {
    const before = await panel.page.evaluate(
      () => document.querySelector("masksmith-panel")!.session!.document.current!.id,
    );
    await choose(name, buffer);
    await panel.page.waitForFunction((id) => {
      const { document: open, phase } = document.querySelector("masksmith-panel")!.session!.document.picture.value;
      return open?.id !== id && phase === "ready";
    }, before);
  }

  beforeAll(async () => {
    watched = await openPage(browser, "served", { viewport: { width: 1280, height: 900 } });
    panel = new PanelDriver(watched.page);
    await panel.ready();
    await panel.plain();
  });
  afterAll(() => watched?.close());

  test("Enter presses the button that has the focus and places no point; on the picture it does", async () => {
    const download = panel.page.waitForEvent("download");
    await panel.page.getByRole("button", { name: "Save PSD" }).focus();
    await panel.page.keyboard.press("Enter");
    expect((await download).suggestedFilename()).toBe("coffee.psd");
    expect(await objects()).toBe(0);
    await panel.page.locator("#stage [role=application]").focus();
    await panel.press("Enter");
    expect(await objects()).toBe(1);
  });

  test("Delete on a layer deletes the layer's own, never the object", async () => {
    await panel.page.locator("#lists button.name").first().focus();
    await panel.page.keyboard.press("Backspace");
    await panel.page.keyboard.press("Escape");
    expect(await objects()).toBe(1);
    await panel.page.getByRole("tab", { name: "History" }).focus();
    await panel.page.keyboard.press("Delete");
    expect(await objects()).toBe(1);
  });

  test("arrows and letters choose the theme", async () => {
    const theme = () => panel.page.evaluate(() => document.documentElement.dataset.theme);
    await panel.page.getByLabel("Theme").selectOption("darkest");
    await panel.page.getByLabel("Theme").focus();
    await panel.page.keyboard.press("ArrowDown");
    expect(await theme()).toBe("dark");
    await panel.page.keyboard.press("l");
    expect(await theme()).toBe("light");
    expect(await objects()).toBe(1);
    await panel.page.keyboard.press("Control+z");
    expect(await objects()).toBe(0);
    await panel.page.keyboard.press("Control+Shift+z");
  });

  test("after a switch the shortcuts work at once; Page down is the page's while no folder is open", async () => {
    const zoom = panel.page.getByRole("switch", { name: "Enhance small objects" });
    await zoom.check();
    await zoom.uncheck();
    await panel.press("Control+z");
    expect(await objects()).toBe(0);
    await panel.press("Control+Shift+z");
    expect(await objects()).toBe(1);
    await panel.press("b");
    const brush = panel.page.getByRole("radio", { name: /^Brush/ });
    await expect.poll(() => brush.getAttribute("aria-checked")).toBe("true");
    await panel.press("p");
    await panel.page.evaluate(() => {
      const note = ({ key, defaultPrevented }: KeyboardEvent) => {
        document.documentElement.dataset.key = `${key}: ${defaultPrevented}`;
      };
      window.addEventListener("keydown", note, { once: true });
    });
    await panel.page.keyboard.press("PageDown");
    expect(await panel.page.evaluate(() => document.documentElement.dataset.key)).toBe("PageDown: false");
  });

  test("a dialog is answered by Enter and left by Escape, and nothing else happens", async () => {
    await panel.page.keyboard.press("Control+a");
    const red = await picture("red");
    for (const key of ["Escape", "Enter"]) {
      await choose("red.png", red);
      await dialog().waitFor();
      await panel.page.keyboard.press("n");
      await panel.page.keyboard.press(key);
      await dialog().waitFor({ state: "detached" });
      expect(await panel.page.locator("#bar .title").textContent()).toContain("coffee.png");
      expect(await objects()).toBe(1);
    }
  });

  test("taking away all that was selected is said", async () => {
    await panel.page.keyboard.press("Control+d");
    await panel.press("n");
    await panel.click(...CUP);
    expect(await panel.apply("Selection", "Replace")).toMatch(/^Selection made from Object 2/);
    await panel.click(...CLOTH);
    await panel.page.locator("ms-output-bar").getByRole("radio", { name: "Intersect", exact: true }).click();
    await panel.press("Control+Enter");
    const words = "Nothing remains selected: Object 3 does not overlap the selection.";
    await panel.page.locator("masksmith-panel .notice", { hasText: words }).waitFor();
  });

  test("what could not be applied is tried again with one button", async () => {
    await panel.page.evaluate(() => {
      const { host } = document.querySelector("masksmith-panel")!.session!;
      host.apply = async () => {
        Reflect.deleteProperty(host, "apply");
        throw new Error("The scratch disk is full.");
      };
    });
    await panel.click(...CUP);
    const failure = await panel.apply("Selection", "Replace");
    expect(failure).toMatch(/^Couldn't apply: The scratch disk is full\. Your prompts and document/);
    await panel.page.getByRole("button", { name: "Try again" }).click();
    await panel.page.locator("masksmith-panel .notice.success", { hasText: "Selection made from" }).waitFor();
  });

  test("saved, undone and changed otherwise is asked about; saved again is not", async () => {
    const save = async () => {
      const download = panel.page.waitForEvent("download");
      await panel.page.keyboard.press("Control+s");
      await download;
      await panel.page.getByText("Saved with layers").waitFor();
    };
    await panel.page.keyboard.press("Control+a");
    await save();
    await panel.page.locator("#bar").getByRole("button", { name: "Undo" }).click();
    await panel.page.keyboard.press("Control+Shift+i");
    await choose("image.png", await picture("red"));
    await panel.page.getByRole("button", { name: "Cancel" }).click();
    await save();
    await choose("image.png", await picture("red"));
    await panel.ready("image.png");
  });

  test("prompts of a pasted picture are not shown on the next one of its name and size", async () => {
    await panel.click(20, 20);
    expect(await objects()).toBe(1);
    await replace("image.png", await picture("green"));
    expect(await objects()).toBe(0);
    await replace("image.png", await picture("red"));
    expect(await objects()).toBe(1);
  });

  test("nothing was thrown", () => {
    expect(watched.problems).toEqual([]);
  });
});

test("a panel that cannot start says so in its place, and the picture opens all the same", async () => {
  const { page, problems, close } = await openPage(browser, "served");
  await page.addInitScript(() => {
    const define = customElements.define.bind(customElements);
    customElements.define = (name, ...rest) => {
      if (name === "masksmith-panel") throw new Error("No such element.");
      define(name, ...rest);
    };
  });
  await page.reload();
  const words = page.locator("#panel [role=alert]");
  await words.waitFor();
  expect(await words.textContent()).toMatch(/^Couldn't start the panel: No such element\. .*reload the page/);
  await expect.poll(() => page.locator("#bar .title").textContent()).toContain("coffee.png");
  expect(problems).toEqual([]);
  await close();
});
