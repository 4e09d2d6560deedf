import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PATIENCE, PanelDriver } from "./support/panel.js";
import { WORDS } from "./support/words.js";
import { enginesSincePressed, watchWorkers } from "./support/workers.js";

/** The middle of the cup of the included photograph. */
const CUP = [300, 190] as const;
const VIEW = { viewport: { width: 1280, height: 900 } };

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe("a page without any storage", () => {
  let watched: WatchedPage;
  let panel: PanelDriver;

  beforeAll(async () => {
    watched = await openPage(browser, "served", { known: [], prepare: [watchWorkers, refuseStorage], ...VIEW });
    panel = new PanelDriver(watched.page);
  });
  afterAll(() => watched?.close());

  test("an encode is cancelled at once and taken up again", async () => {
    await panel.page.waitForFunction(() => seen.isEncoding(), null, PATIENCE);
    await panel.button(WORDS.reading.cancel).first().click();
    await panel.page.getByText(WORDS.reading.stopped).waitFor({ timeout: 2_000 });
    const { living, sent, endedAfter } = await enginesSincePressed(panel.page);
    expect({ living, sent, ended: endedAfter.length }).toEqual({ living: 0, sent: 0, ended: 1 });
    expect(endedAfter[0]).toBeLessThan(100);
    await panel.button(WORDS.reading.retry).click();
    await panel.ready();
  });

  test("works", async () => {
    await panel.click(...CUP);
    expect((await panel.objects())[0]).toMatchObject({ several: true, error: null });
    expect(watched.problems).toEqual([]);
  });
});

function refuseStorage(): void {
  const refuse = () => {
    throw new DOMException("Storage is not supported", "SecurityError");
  };
  for (const name of ["localStorage", "sessionStorage", "indexedDB"])
    Object.defineProperty(window, name, { get: refuse });
}
