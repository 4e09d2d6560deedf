import type { Browser } from "playwright-core";
import { expect } from "vitest";
import { type Origin, openPage, type WatchedPage } from "./page.js";
import { PATIENCE, PanelDriver, PLAIN } from "./panel.js";
import { WORDS } from "./words.js";

export interface Phase {
  readonly phase: string;
  readonly masks: number;
}

/** Opens the page on its All objects tab. */
export async function open(
  browser: Browser,
  origin: Origin,
  prepare: readonly (() => void)[] = [],
): Promise<{ watched: WatchedPage; panel: PanelDriver }> {
  const options = {
    prepare: [defineIsFinding, ...prepare],
    settings: PLAIN,
    viewport: { width: 1280, height: 1000 },
  };
  const watched = await openPage(browser, origin, options);
  const panel = new PanelDriver(watched.page);
  await panel.ready();
  await panel.tab("objects");
  await watched.page.evaluate(() => {
    const scope = window as unknown as { phases: Phase[]; longTasks: number[] };
    scope.phases = [];
    scope.longTasks = [];
    const { result } = seen.session().proposals;
    result.subscribe(({ phase, masks }) => scope.phases.push({ phase, masks: masks.length }));
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) scope.longTasks.push(Math.round(duration));
    }).observe({ type: "longtask" });
  });
  return { watched, panel };
}

export async function find({ page }: PanelDriver): Promise<void> {
  await page.getByRole("button", { name: WORDS.find.start }).click();
  await page.waitForFunction(() => isFinding() === false, null, PATIENCE);
  const failed = await page.evaluate(() => seen.session().proposals.result.value.error);
  expect(failed).toBeNull();
}

/** Runs in the page. */
declare function isFinding(): boolean;
const defineIsFinding = () => {
  Object.assign(window, {
    isFinding: () => seen.session().proposals.result.value.phase === "running",
  });
};

export interface Kept {
  readonly id: string;
  readonly area: number;
  readonly at: readonly [x: number, y: number];
}

/** The kept objects, smallest first, each with a document point that lies on it. */
export const kept = ({ page }: PanelDriver): Promise<Kept[]> =>
  page.evaluate(() =>
    seen
      .session()
      .proposals.kept()
      .map(({ id, area, points }) => ({ id, area, at: [points[0].x, points[0].y] as const }))
      .sort((a, b) => a.area - b.area),
  );

/** How many masks have been found so far. */
export const masks = ({ page }: PanelDriver): Promise<number> =>
  page.evaluate(() => seen.session().proposals.result.value.masks.length);

export const ids = (objects: readonly Kept[]) => objects.map(({ id }) => id).sort();
