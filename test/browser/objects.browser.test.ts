import Psd, { type Group, type Layer, type Node } from "@webtoon/psd";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, type Origin, openPage, type WatchedPage } from "./support/page.js";
import { PATIENCE, PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";
import { pagesLoad } from "./support/workers.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

interface Phase {
  readonly phase: string;
  readonly masks: number;
}

/** Opens the page on its All objects tab, with few points to ask: enough for a small photograph. */
async function open(origin: Origin): Promise<{ watched: WatchedPage; panel: PanelDriver }> {
  const options = {
    prepare: [defineIsFinding, defineColoursOfThumbnail],
    settings: PLAIN,
    viewport: { width: 1280, height: 1000 },
  };
  const watched = await openPage(browser, origin, options);
  const panel = new PanelDriver(watched.page);
  await panel.ready();
  await panel.tab("objects");
  await panel.pick(WORDS.find.detail, WORDS.find.fewest);
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

async function find({ page }: PanelDriver): Promise<void> {
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

interface Kept {
  readonly id: string;
  readonly area: number;
  readonly at: readonly [x: number, y: number];
}

/** The kept objects, smallest first, each with a document point that lies on it. */
const kept = ({ page }: PanelDriver): Promise<Kept[]> =>
  page.evaluate(() =>
    seen
      .session()
      .proposals.kept()
      .map(({ id, area, points }) => ({ id, area, at: [points[0]!.x, points[0]!.y] as const }))
      .sort((a, b) => a.area - b.area),
  );

/** How many masks have been found so far. */
const masks = ({ page }: PanelDriver): Promise<number> =>
  page.evaluate(() => seen.session().proposals.result.value.masks.length);

const ids = (objects: readonly Kept[]) => objects.map(({ id }) => id).sort();

describe.each<Origin>(["served", "file"])("all objects, %s", (origin) => {
  let watched: WatchedPage;
  let panel: PanelDriver;

  beforeAll(async () => {
    ({ watched, panel } = await open(origin));
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

describe("the list of all objects", () => {
  let watched: WatchedPage;
  let panel: PanelDriver;

  beforeAll(async () => {
    ({ watched, panel } = await open("served"));
    await find(panel);
  });
  afterAll(() => watched?.close());

  test("is filtered live by the sliders, without another search", async () => {
    const before = await kept(panel);
    await panel.page.getByRole("slider", { name: WORDS.find.stability }).press("Home");
    const more = await kept(panel);
    expect(more.length).toBeGreaterThan(before.length);
    await panel.page.getByRole("slider", { name: WORDS.find.quality }).press("End");
    expect((await kept(panel)).length).toBeLessThan(more.length);
    await panel.press("Control+z");
    expect(ids(await kept(panel))).toEqual(ids(more));
    await panel.press("Control+z");
    expect(ids(await kept(panel))).toEqual(ids(before));
  });

  test("is a tree: levels, arrow keys, and a painted thumbnail in every row", async () => {
    const { page } = panel;
    const rows = await page.evaluate(() =>
      seen
        .session()
        .proposals.rows()
        .map(({ name, depth }) => ({ name, depth })),
    );
    const items = page.getByRole("treeitem");
    await expect
      .poll(async () => {
        await items.last().scrollIntoViewIfNeeded();
        return items.count();
      })
      .toBe(rows.length);
    const shown = await items.evaluateAll((all) =>
      all.map(({ ariaLabel, ariaLevel }) => ({
        name: ariaLabel!.replace(/, dropped$/, ""),
        depth: Number(ariaLevel) - 1,
      })),
    );
    expect(shown).toEqual(rows);
    // Something lies in something else in the included photograph.
    const inner = rows.findIndex(({ depth }) => depth > 0);
    expect(inner).toBeGreaterThan(0);
    await items.nth(inner).focus();
    await page.keyboard.press("ArrowLeft");
    const outer = rows.findLastIndex(({ depth }, i) => i < inner && depth < rows[inner].depth);
    await expect.poll(() => items.nth(outer).evaluate((item) => item.matches(":focus"))).toBe(true);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => items.nth(outer + 1).evaluate((item) => item.matches(":focus"))).toBe(true);
    await expect.poll(() => items.evaluateAll((all) => all.map((item) => coloursOfThumbnail(item)))).not.toContain(0);
    const colours = await items.evaluateAll((all) => all.map((item) => coloursOfThumbnail(item)));
    expect(Math.min(...colours)).toBeGreaterThan(10);
  });

  test("merges what is ticked, splits it again and renames, each one step of undo", async () => {
    const { page } = panel;
    const before = await rowsOf(panel);
    const items = page.getByRole("treeitem");
    const ticks = page.getByRole("checkbox", { name: WORDS.find.tick });
    const [a, b] = [before[0], before[1]];
    await ticks.nth(0).check();
    await items.nth(1).press("Space");
    await page.getByRole("button", { name: WORDS.find.merge }).click();
    await expect.poll(async () => (await rowsOf(panel)).length).toBe(before.length - 1);
    const merged = (await rowsOf(panel)).find(({ merged }) => merged)!;
    expect(Buffer.compare(merged.pixels, union(a.pixels, b.pixels))).toBe(0);
    await panel.press("Control+z");
    await expect.poll(() => idsOf(panel)).toEqual(before.map(({ id }) => id));
    await panel.press("Control+Shift+z");
    await page.getByRole("button", { name: WORDS.find.split }).click();
    await expect.poll(() => idsOf(panel)).toEqual(before.map(({ id }) => id));

    const field = page.getByRole("textbox", { name: WORDS.find.name });
    await items.first().press("F2");
    await field.fill("Left alone");
    await field.press("Escape");
    await items.first().press("F2");
    await field.fill("Breakfast");
    await field.press("Enter");
    await expect.poll(() => namesOf(panel)).toEqual(["Breakfast", ...before.slice(1).map(({ name }) => name)]);
    await items
      .first()
      .and(page.getByRole("treeitem", { name: /^Breakfast/ }))
      .waitFor({ timeout: 5_000 });
    for (let step = 0; step < 3; step++) await panel.press("Control+z");
    await expect.poll(() => namesOf(panel)).toEqual(before.map(({ name }) => name));
  });

  test("drops and keeps what is clicked in the picture, which a reload brings back", async () => {
    const before = await kept(panel);
    const [smallest] = before;
    const at = await panel.at(...smallest!.at);
    await panel.page.mouse.click(at.x, at.y);
    await expect.poll(async () => ids(await kept(panel))).toEqual(ids(before.slice(1)));
    await panel.kept();
    await panel.page.reload();
    await panel.ready();
    expect(ids(await kept(panel))).toEqual(ids(before.slice(1)));
    await panel.page.getByRole("button", { name: WORDS.find.keep }).first().waitFor();
    const again = await panel.at(...smallest!.at);
    await panel.page.evaluate(() => seen.session().proposals.rows());
    await panel.page.mouse.click(again.x, again.y);
    await expect.poll(async () => (await kept(panel)).length).not.toBe(before.length - 1);
    await panel.press("Control+z");
  });

  test("becomes one group of masked layers, which another reader finds in the PSD", async () => {
    await panel.edges("off");
    const objects = await kept(panel);
    expect(await panel.apply(WORDS.output.group)).toMatch(WORDS.output.done);
    const { bytes } = await panel.download(() => panel.button(WORDS.picture.save).click());
    const psd = Psd.parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
    const groups = psd.children.filter((node): node is Group => node.type === "Group");
    expect(groups).toHaveLength(1);
    const layers = layersIn(groups[0]);
    expect(layers).toHaveLength(objects.length);
    const areas: number[] = [];
    for (const layer of layers) {
      const mask = await layer.userMask();
      areas.push(mask ? mask.filter((value, i) => i % 4 === 0 && value > 127).length : 0);
    }
    const expected = objects.map(({ area }) => area);
    for (const [i, area] of areas.sort((a, b) => a - b).entries())
      expect(Math.abs(area - expected[i]) / expected[i]).toBeLessThan(0.02);
  });
});

interface Row {
  readonly id: string;
  readonly name: string;
  readonly merged: boolean;
  /** A byte a pixel, column by column. */
  readonly pixels: Uint8Array;
}

/** The rows of the list, dropped ones too, when their tree is known. */
async function rowsOf({ page }: PanelDriver): Promise<Row[]> {
  const rows = await page.evaluate(() =>
    seen
      .session()
      .proposals.rows()
      .map(({ id, name, merged, mask }) => ({ id, name, merged, counts: [...mask.counts] })),
  );
  return rows.map(({ counts, ...row }) => ({
    ...row,
    pixels: Buffer.concat(counts.map((count, i) => Buffer.alloc(count, i % 2))),
  }));
}

const namesOf = async (panel: PanelDriver) => (await rowsOf(panel)).map(({ name }) => name);
const idsOf = async (panel: PanelDriver) => (await rowsOf(panel)).map(({ id }) => id);

const union = (a: Uint8Array, b: Uint8Array) => a.map((value, i) => value | b[i]);

/** Runs in the page: how many colours a row's thumbnail has. */
declare function coloursOfThumbnail(item: Element): number;
const defineColoursOfThumbnail = () => {
  Object.assign(window, {
    coloursOfThumbnail: (item: Element) => {
      const canvas = item.querySelector("ms-thumbnail")!.shadowRoot!.querySelector("canvas")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer).filter((colour) => colour >>> 24 > 0)).size;
    },
  });
};

function layersIn(node: Node): Layer[] {
  if (node.type === "Layer") return [node];
  return (node.children ?? []).flatMap(layersIn);
}
