import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disposeNodeEngine, standIn } from "./support/nodeEngine.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { fixture, PATIENCE, PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";

/** Two objects of the included photograph that do not touch. */
const CUP = [300, 190] as const;
const CLOTH = [30, 30] as const;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

describe("controls keep their keys", () => {
  let watched: WatchedPage;
  let panel: PanelDriver;
  const objects = async () => (await panel.objects()).length;
  const dialog = () => panel.page.getByRole("dialog");
  const picture = (background: string) =>
    sharp({ create: { width: 60, height: 40, channels: 3, background } })
      .png()
      .toBuffer();

  /** Opens another document and waits until it can be asked. */
  async function replace(name: string, buffer: Buffer): Promise<void> {
    const before = await panel.page.evaluate(() => seen.session().document.current!.id);
    await panel.openPng(name, buffer);
    const isOther = (old: string) => seen.isReady() && seen.session().document.picture.value.document?.id !== old;
    await panel.page.waitForFunction(isOther, before, PATIENCE);
  }

  beforeAll(async () => {
    const known = await Promise.all(
      [fixture("coffee.png"), await picture("red"), await picture("green")].map((file) => standIn(file)),
    );
    watched = await openPage(browser, "served", { known, settings: PLAIN, viewport: { width: 1280, height: 900 } });
    panel = new PanelDriver(watched.page);
    await panel.ready();
  });
  afterAll(() => watched?.close());

  test("Enter presses the button that has the focus and places no point; on the picture it does", async () => {
    await panel.button(WORDS.picture.save).focus();
    const { name } = await panel.download(() => panel.page.keyboard.press("Enter"));
    expect(name).toBe("coffee.psd");
    expect(await objects()).toBe(0);
    await panel.stage.focus();
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
    await panel.page.getByLabel(WORDS.picture.theme).selectOption("darkest");
    await panel.page.getByLabel(WORDS.picture.theme).focus();
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
    const secondLook = panel.switch(WORDS.settings.secondLook);
    await secondLook.check();
    await secondLook.uncheck();
    await panel.press("Control+z");
    expect(await objects()).toBe(0);
    await panel.press("Control+Shift+z");
    expect(await objects()).toBe(1);
    await panel.press("b");
    const brush = panel.radio(WORDS.tools.brush);
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
      await panel.openPng("red.png", red);
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
    expect(await panel.apply(WORDS.output.selection, WORDS.modes.replace)).toContain(WORDS.selectionFrom("Object 2"));
    await panel.click(...CLOTH);
    await panel.page.locator("ms-output-bar").getByRole("radio", { name: WORDS.modes.intersect, exact: true }).click();
    await panel.press("Control+Enter");
    await panel.notice(WORDS.nothingSelected("Object 3")).waitFor();
  });

  test("what could not be applied is tried again with one button", async () => {
    await panel.page.evaluate(() => {
      const { host } = seen.session();
      host.apply = async () => {
        Reflect.deleteProperty(host, "apply");
        throw new Error("The scratch disk is full.");
      };
    });
    await panel.click(...CUP);
    const failure = await panel.apply(WORDS.output.selection, WORDS.modes.replace);
    expect(failure).toMatch(WORDS.output.failed);
    await panel.button(WORDS.output.retry).click();
    await panel.notice(WORDS.selectionFrom("")).and(panel.page.locator(".success")).waitFor();
  });

  test("saved, undone and changed otherwise is asked about; saved again is not", async () => {
    const save = async () => {
      await panel.download(() => panel.page.keyboard.press("Control+s"));
      await panel.page.getByText(WORDS.picture.saved).waitFor();
    };
    await panel.page.keyboard.press("Control+a");
    await save();
    await panel.undoDocument();
    await panel.page.keyboard.press("Control+Shift+i");
    await panel.openPng("image.png", await picture("red"));
    await panel.button(WORDS.picture.keepOpen).click();
    await save();
    await panel.openPng("image.png", await picture("red"));
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
  const breakPanel = () => {
    const define = customElements.define.bind(customElements);
    customElements.define = (name, ...rest) => {
      if (name === "masksmith-panel") throw new Error("No such element.");
      define(name, ...rest);
    };
  };
  const { page, problems, close } = await openPage(browser, "served", { known: [], prepare: [breakPanel] });
  const words = page.locator("#panel [role=alert]");
  await words.waitFor();
  expect(await words.textContent()).toMatch(/^Couldn't start the panel: No such element\. .*reload the page/);
  await expect.poll(() => page.locator("#bar .title").textContent()).toContain("coffee.png");
  expect(problems).toEqual([]);
  await close();
});
