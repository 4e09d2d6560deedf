import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { disposeNodeEngine } from "./support/nodeEngine.js";
import { launchBrowser, openPage, type WatchedPage } from "./support/page.js";
import { PanelDriver, PLAIN } from "./support/panel.js";
import { WORDS } from "./support/words.js";

/** The middle of the cup of the included photograph: its answers are of three sizes. */
const CUP = [300, 190] as const;

let browser: Browser;
let watched: WatchedPage;
let panel: PanelDriver;
/** Areas of the cup's answers, from the smallest to the largest, and the place of the one shown first. */
let areas: number[];
let first: number;

beforeAll(async () => {
  browser = await launchBrowser();
  watched = await openPage(browser, "served", { settings: PLAIN, viewport: { width: 1280, height: 900 } });
  panel = new PanelDriver(watched.page);
  await panel.ready();
  await panel.click(...CUP);
  areas = await panel.page.evaluate(() =>
    [...seen.session().answering.answers.value.values()][0].candidates.map(({ area }) => area).sort((a, b) => a - b),
  );
  first = areas.indexOf(await area());
});
afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

const area = async () => (await panel.objects())[0].area;
const place = async () => areas.indexOf(await area());
const steps = () => panel.page.evaluate(() => seen.session().work.active!.steps.length);
const said = () => panel.page.locator("masksmith-panel [role=status]").textContent();

/** Turns the wheel over a document point with Alt held, a notch a time; down is negative. */
async function wheel(x: number, y: number, ...notches: number[]): Promise<void> {
  const at = await panel.at(x, y);
  await panel.page.mouse.move(at.x, at.y);
  await panel.page.keyboard.down("Alt");
  for (const notch of notches) await panel.page.mouse.wheel(0, -100 * notch);
  await panel.page.keyboard.up("Alt");
}

/** To the first answer by undo, which takes back a step each. */
async function undoSteps(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await panel.press("Control+z");
  expect(await place()).toBe(first);
}

test("the cup has three answers of different sizes, shown from the smallest to the largest with the current one marked", async () => {
  expect(new Set(areas).size).toBe(3);
  const choices = panel.page.locator("ms-answer-picker [role=radio]");
  await expect.poll(() => choices.count()).toBe(3);
  const marked = await choices.evaluateAll((all) => all.map((one) => one.getAttribute("aria-checked")));
  expect(marked).toEqual([0, 1, 2].map((i) => String(i === first)));
  expect(await choices.first().getAttribute("aria-label")).toMatch(/^Sub-part/);
});

test("keys and buttons step to smaller and larger ones, say which, and end at both ends", async () => {
  for (let at = first; at > 0; at--) {
    await panel.press(",");
    expect(await place()).toBe(at - 1);
  }
  await panel.press(",");
  expect(await place()).toBe(0);
  await expect.poll(said).toBe(WORDS.isSmallest);
  const [smaller, larger] = [panel.button(WORDS.smaller), panel.button(WORDS.larger)];
  await expect.poll(() => smaller.isEnabled()).toBe(false);
  await larger.focus();
  await panel.page.keyboard.press("Enter");
  expect(await place()).toBe(1);
  await expect.poll(said).toMatch(WORDS.step(2, 3));
  await panel.press("]");
  expect(await place()).toBe(2);
  // The end is reached by the button that has the focus: the other one takes it.
  await panel.press(",");
  await expect.poll(() => larger.isEnabled()).toBe(true);
  await larger.focus();
  await panel.page.keyboard.press("Enter");
  await expect.poll(() => smaller.evaluate((button) => button.matches(":focus"))).toBe(true);
  await undoSteps(first + 4);
});

test("arrow keys go round among the thumbnails, and the focus goes along", async () => {
  const current = panel.page.locator("ms-answer-picker [aria-checked=true]");
  await current.focus();
  for (let i = 1; i <= 3; i++) {
    await panel.page.keyboard.press(i < 3 ? "ArrowRight" : "ArrowDown");
    expect(await place()).toBe((first + i) % 3);
    await expect.poll(() => current.evaluate((button) => button.matches(":focus"))).toBe(true);
  }
  await panel.page.keyboard.press("ArrowLeft");
  expect(await place()).toBe((first + 2) % 3);
  await undoSteps(4);
});

test("Alt and the wheel step over the object, and zoom beside it", async () => {
  await wheel(...CUP, -1, -1, -1);
  expect(await place()).toBe(0);
  await wheel(...CUP, 1);
  expect(await place()).toBe(1);
  const scale = await panel.scale();
  await undoSteps(first + 1);
  await wheel(5, 5, 1);
  await expect.poll(() => panel.scale()).toBeGreaterThan(scale);
  await panel.stage.focus();
  await panel.page.keyboard.press("0");
});

test("a second click on the same place steps on and around; one a bit away is a point", async () => {
  for (let i = 1; i <= 3; i++) {
    await panel.click(CUP[0] + (i % 2), CUP[1]);
    expect(await place()).toBe((first + i) % 3);
  }
  expect(await steps()).toBe(1);
  await undoSteps(3);
  await panel.click(CUP[0] + 30, CUP[1]);
  expect(await steps()).toBe(2);
  await panel.press("Control+z");
  expect(await steps()).toBe(1);
});

test("what was stepped to comes back after a reload", async () => {
  await panel.press("c");
  const before = await place();
  expect(before).not.toBe(first);
  // What is kept counts steps, and this act adds none: the mask's place among the answers is asked for.
  await panel.page.evaluate(() => seen.session().work.flush());
  await panel.page.reload();
  await panel.ready();
  await panel.settled();
  expect(await place()).toBe(before);
  expect(watched.problems).toEqual([]);
});
