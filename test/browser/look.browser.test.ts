import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { faultsOf, rest, shownFocus } from "./support/look.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";

const WIDTHS = [230, 320, 620] as const;
const THEMES = ["darkest", "dark", "light", "lightest"] as const;
const VIEWS = ["select", "objects", "label", "settings"] as const;

let browser: Browser;
let watched: WatchedPage;
let page: Page;
let panel: PanelDriver;
beforeAll(async () => {
  browser = await launchBrowser();
  watched = await openPage(browser, "served", { settings: PLAIN, viewport: { width: 1280, height: 860 } });
  page = watched.page;
  panel = new PanelDriver(page);
  await panel.ready();
  await panel.click(300, 190);
});
afterAll(() => browser?.close());

const divider = () => page.getByRole("separator", { name: WORDS.picture.divider });
const widthNow = async () => Math.round((await page.locator("#panel").boundingBox())!.width);
const valueNow = async () => Number(await divider().getAttribute("aria-valuenow"));

/** Sets the panel's width as a hand would. */
async function dragTo(width: number): Promise<void> {
  const box = (await divider().boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + (await valueNow()) - width, y, { steps: 2 });
  await page.mouse.up();
  expect(await widthNow()).toBe(width);
}

async function show(view: (typeof VIEWS)[number]): Promise<void> {
  await (view === "settings" ? panel.settings() : panel.tab(view));
}

/** What is wrong with the panel as it stands; a fault is one that stays. */
async function faultsAtRest(): Promise<string[]> {
  const faults = async () => {
    await page.evaluate(rest);
    return page.evaluate(faultsOf);
  };
  let last = await faults();
  for (let again = 0; again < 3 && last.length > 0; again++) last = await faults();
  return last;
}

describe("the divider", () => {
  test("arrow keys move it between its ends, a double click takes it back, and a reload keeps the width", async () => {
    expect([await valueNow(), await widthNow()]).toEqual([320, 320]);
    await divider().focus();
    await page.keyboard.press("ArrowLeft");
    expect([await valueNow(), await widthNow()]).toEqual([330, 330]);
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect([await valueNow(), await widthNow()]).toEqual([230, 230]);
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    expect([await valueNow(), await widthNow()]).toEqual([620, 620]);
    await divider().dblclick();
    expect(await widthNow()).toBe(320);
    await dragTo(417);
    const again = await page.context().newPage();
    await again.goto(page.url());
    await expect
      .poll(() => again.getByRole("separator").getAttribute("aria-valuenow"), { timeout: 10_000 })
      .toBe("417");
    await again.close();
  });
});

describe.each(WIDTHS)("%i pixels wide", (width) => {
  beforeAll(() => dragTo(width));

  test.each(VIEWS)("%s fits, names its buttons and can be read in every theme", async (view) => {
    await show(view);
    const faults: string[] = [];
    for (const theme of THEMES) {
      await page.locator("#bar select").selectOption(theme);
      for (const fault of await faultsAtRest()) faults.push(`${theme}: ${fault}`);
    }
    if (view === "settings") await show("settings");
    expect(faults).toEqual([]);
  });
});

/** Goes through the panel by Tab, from the divider on. */
async function walk(view: string): Promise<{ stops: string[]; unseen: string[] }> {
  await divider().focus();
  const stops: string[] = [];
  const unseen: string[] = [];
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(shownFocus);
    if (!stop) break;
    stops.push(stop.name);
    if (!stop.seen) unseen.push(`${view}: ${stop.name}`);
  }
  return { stops, unseen };
}

test.each(["darkest", "lightest"])("every Tab stop of the panel shows its focus in the %s theme", async (theme) => {
  await page.locator("#bar select").selectOption(theme);
  for (const view of VIEWS) {
    await show(view);
    // Another theme may still be on its way to the elements: then the walk is made again.
    await vi.waitFor(
      async () => {
        const { stops, unseen } = await walk(view);
        expect(stops.length).toBeGreaterThan(3);
        expect(unseen).toEqual([]);
      },
      { timeout: 30_000, interval: 200 },
    );
    if (view === "settings") await show("settings");
  }
});
