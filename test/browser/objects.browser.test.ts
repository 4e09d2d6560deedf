import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { QUICK } from "./support/flags.js";
import { find, kept, masks, open, type Phase } from "./support/objects.js";
import { ORIGINS } from "./support/origins.js";
import { launchBrowser, type WatchedPage } from "./support/page.js";
import { PATIENCE, type PanelDriver } from "./support/panel.js";
import { WORDS } from "./support/words.js";
import { pagesLoad } from "./support/workers.js";

let browser: Browser;
beforeAll(async () => {
  // Its own: what its pages take of the processor is measured.
  browser = await launchBrowser(QUICK);
});
afterAll(() => browser?.close());

/** Runs in the page. */
declare function isFinding(): boolean;

describe.each(ORIGINS)("all objects, %s", (origin) => {
  let watched: WatchedPage;
  let panel: PanelDriver;

  beforeAll(async () => {
    ({ watched, panel } = await open(browser, origin));
  });
  afterAll(() => watched?.close());

  test("are found in the background, and shown as they come", async () => {
    await find(panel);
    const { phases, longTasks } = await panel.page.evaluate(() => {
      const { phases, longTasks } = window as unknown as { phases: Phase[]; longTasks: number[] };
      return { phases, longTasks };
    });
    expect(phases.some(({ phase, masks }) => phase === "running" && masks > 0)).toBe(true);
    expect((await kept(panel)).length).toBeGreaterThanOrEqual(3);
    process.stdout.write(
      `main thread, ${origin}: tasks over 50 ms while generating: ${longTasks.join(", ") || "none"}\n`,
    );
    // None on a quiet machine; here other tests share the cores, and each stretches what it interrupts.
    const busy = longTasks.reduce((sum, duration) => sum + duration, 0);
    const { seconds } = await panel.page.evaluate(() => seen.session().proposals.result.value);
    expect(busy / 1000 / seconds).toBeLessThan(0.15);
  });

  test("are cancelled within a tenth of a second, and the page answers clicks at once after", async () => {
    await panel.button(WORDS.find.start).click();
    await panel.page.waitForFunction(
      () => {
        const { phase, fraction } = seen.session().proposals.result.value;
        return phase === "running" && fraction > 0.1;
      },
      null,
      PATIENCE,
    );
    const load = await pagesLoad(browser, 1);
    await panel.page.evaluate(() => {
      const scope = window as unknown as { took: number };
      const { result } = seen.session().proposals;
      window.addEventListener(
        "click",
        () => {
          const at = performance.now();
          result.subscribe(({ phase }) => {
            if (phase !== "running") scope.took ??= performance.now() - at;
          });
        },
        { capture: true, once: true },
      );
    });
    await panel.page.locator("ms-proposal-view").getByRole("button", { name: WORDS.reading.cancel }).click();
    await panel.page.waitForFunction(() => isFinding() === false, null, PATIENCE);
    expect(await panel.page.evaluate(() => (window as unknown as { took: number }).took)).toBeLessThan(100);
    const found = await masks(panel);
    // Thumbnails and the tree of what was found are made in the first moment.
    await expect.poll(() => pagesLoad(browser, 0.5)).toBeLessThan(Math.max(load / 3, 0.1));
    expect(await masks(panel)).toBe(found);
    await panel.tab("select");
    await panel.click(300, 190);
    expect((await panel.objects())[0]).toMatchObject({ several: true, error: null });
    await panel.undoAll();
    await panel.tab("objects");
  });

  test("nothing was asked of any other origin and no rule of the page was broken", () => {
    expect(watched.foreign).toEqual([]);
    expect(watched.problems).toEqual([]);
  });
});
