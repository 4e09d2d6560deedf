import Psd, { type Group, type Layer, type Node } from "@webtoon/psd";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { find, ids, kept, masks, open } from "./support/objects.js";
import { launchBrowser, type WatchedPage } from "./support/page.js";
import type { PanelDriver } from "./support/panel.js";
import { WORDS } from "./support/words.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

describe("the list of all objects", () => {
  let watched: WatchedPage;
  let panel: PanelDriver;

  beforeAll(async () => {
    ({ watched, panel } = await open(browser, "served", [defineColoursOfThumbnail]));
    await find(panel);
  });
  afterAll(() => watched?.close());

  test("is shorter and longer with one slider, at once, which says how many of how many it shows", async () => {
    const { page } = panel;
    const before = await kept(panel);
    const found = await masks(panel);
    expect(found).toBeGreaterThan(before.length);
    const slider = page.getByRole("slider", { name: WORDS.find.amount });
    const said = () => slider.getAttribute("aria-valuetext");
    expect(await said()).toBe(`${before.length} of ${found} objects`);
    await slider.press("ArrowLeft");
    await expect.poll(said).toBe(`${before.length - 1} of ${found} objects`);
    await expect.poll(() => page.getByRole("treeitem").count()).toBe(before.length - 1);
    await slider.press("End");
    expect(await kept(panel)).toHaveLength(found);
    await expect.poll(said).toBe(`${found} of ${found} objects`);
    await panel.press("Control+z");
    expect(await kept(panel)).toHaveLength(before.length - 1);
    await panel.press("Control+z");
    expect(ids(await kept(panel))).toEqual(ids(before));
    await expect.poll(said).toBe(`${before.length} of ${found} objects`);
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
    await expect.poll(async () => ids(await kept(panel))).toEqual(ids(before.slice(1)));
    await panel.page.getByRole("button", { name: WORDS.find.keep }).first().waitFor();
    const again = await panel.at(...smallest!.at);
    await panel.page.evaluate(() => seen.session().proposals.rows());
    await panel.page.mouse.click(again.x, again.y);
    await expect.poll(async () => (await kept(panel)).length).not.toBe(before.length - 1);
    await panel.press("Control+z");
  });

  test("as many are shown after a reload as before", async () => {
    const slider = () => panel.page.getByRole("slider", { name: WORDS.find.amount });
    await slider().press("Home");
    await slider().press("ArrowRight");
    const chosen = ids(await kept(panel));
    await panel.kept();
    await panel.page.reload();
    await panel.ready();
    await expect.poll(async () => ids(await kept(panel))).toEqual(chosen);
    await expect.poll(() => slider().getAttribute("aria-valuetext")).toMatch(/^2 of \d+ objects$/);
    // Home and the arrow were one step each; what is shown by itself is there again.
    await slider().press("Escape");
    await expect.poll(async () => (await kept(panel)).length).toBeGreaterThan(2);
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

  test("has the thresholds where masks are not ranked, as those of the official presets are", async () => {
    const { page } = panel;
    await page.evaluate(() => {
      const { result } = seen.session().proposals;
      result.update({ masks: result.value.masks.map(({ score, ...mask }) => mask) });
    });
    const quality = page.getByRole("slider", { name: WORDS.find.quality });
    await quality.press("Home");
    await page.getByRole("slider", { name: WORDS.find.stability }).press("Home");
    const more = await kept(panel);
    await quality.press("End");
    expect((await kept(panel)).length).toBeLessThan(more.length);
    await panel.press("Control+z");
    expect(ids(await kept(panel))).toEqual(ids(more));
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
