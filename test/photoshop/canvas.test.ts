import { afterEach, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { documentState, noiseMask } from "../hosts/browser/states.js";
import { pause, TestPage, until } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import { count, lasso, marquee, sample } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

const W = 80;
const H = 60;
const DRAWN = { left: 10, top: 12, right: 40, bottom: 33 };
const BOX = { x0: 10, y0: 12, x1: 40, y1: 33 };

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

async function open(variants: Partial<Variants> = {}, ...switches: string[]) {
  const simulator = new Simulator(variants);
  const document = simulator.open(documentState(W, H));
  const page = new TestPage(simulator);
  pages.push(page);
  await page.start();
  for (const id of switches) page.plugin.panel.invokeMenu?.(id);
  await pause(60);
  return { simulator, document, page };
}

const NOTICES: readonly Partial<Variants>[] = [
  {},
  { twice: false },
  { targetKey: "null" },
  { propertyForm: "object" },
  { leaksOwn: false },
];

describe.each(NOTICES)("with notices like %o", (variants) => {
  test("a marquee is one box prompt and the earlier selection comes back, soft as it was", async () => {
    const { simulator, document, page } = await open(variants);
    const before = noiseMask(3, 4, 20, 9, 2);
    document.act("Select", document.selected(toCoverage(before)));
    page.plugin.panel.invokeMenu?.("marquee");
    await pause(60);
    marquee(simulator, document, DRAWN);
    await until(() => document.history.at(-1)?.name === "Restore selection");
    await pause(120);
    expect(page.eventsOf("selectionDrawn")).toEqual([BOX]);
    expect(document.state.picture.selection).toEqual(before);
  });

  test.each(["add", "subtract", "intersect"] as const)("so is one drawn to %s", async (mode) => {
    const { simulator, document, page } = await open(variants, "marquee");
    marquee(simulator, document, DRAWN, mode);
    await until(() => page.eventsOf("selectionDrawn").length > 0);
    await pause(100);
    expect(page.eventsOf("selectionDrawn")).toEqual([BOX]);
    expect(document.state.picture.selection).toBeNull();
  });
});

test("without the switch a selection is the user's own business", async () => {
  const { simulator, document, page } = await open();
  marquee(simulator, document, DRAWN);
  await pause(150);
  expect(page.eventsOf("selectionDrawn")).toEqual([]);
  expect(document.history).toHaveLength(2);
});

test("a lasso is the box around it, and the drawn selection stays where the user wants it", async () => {
  const { simulator, document, page } = await open({}, "marquee", "restore");
  lasso(simulator, document, [
    [12, 9],
    [50, 20],
    [30, 44],
  ]);
  await until(() => page.eventsOf("selectionDrawn").length > 0);
  await pause(100);
  expect(page.eventsOf("selectionDrawn")).toEqual([{ x0: 12, y0: 9, x1: 50, y1: 44 }]);
  expect(document.selection).not.toBeNull();
});

test("a drag that is still modal is waited for before the selection is restored", async () => {
  const { simulator, document } = await open({}, "marquee");
  simulator.blocker = "Rectangular Marquee Tool";
  marquee(simulator, document, DRAWN);
  setTimeout(() => {
    simulator.blocker = null;
  }, 200);
  await until(() => document.history.at(-1)?.name === "Restore selection");
  expect(document.state.picture.selection).toBeNull();
});

test("our own results are no prompts, though their notices leak out late", async () => {
  const { page } = await open({ leaksOwn: true }, "marquee");
  const items = [{ name: "Cup", mask: noiseMask(5, 5, 10, 10, 1), parent: null }];
  await page.apply({ kind: "selection", mode: "replace" }, items);
  await pause(200);
  expect(page.eventsOf("selectionDrawn")).toEqual([]);
});

test("count marks are points, the second group's are background, old ones are none", async () => {
  const { simulator, document, page } = await open();
  document.counts.push({ groupIndex: 0, position: { x: 1, y: 1 } });
  page.plugin.panel.invokeMenu?.("restore");
  await pause(60);
  count(simulator, document, 20.5, 30.5);
  await until(() => page.eventsOf("pointPlaced").length === 1);
  count(simulator, document, 41, 12, 1);
  await until(() => page.eventsOf("pointPlaced").length === 2);
  await pause(150);
  expect(page.eventsOf("pointPlaced")).toEqual([
    { point: { x: 20.5, y: 30.5 }, foreground: true },
    { point: { x: 41, y: 12 }, foreground: false },
  ]);
});

test("colour samplers are points if switched on", async () => {
  const { simulator, document, page } = await open();
  sample(simulator, document, 7, 8);
  await pause(200);
  expect(page.eventsOf("pointPlaced")).toEqual([]);
  page.plugin.panel.invokeMenu?.("samplers");
  await pause(60);
  sample(simulator, document, 9, 10);
  await until(() => page.eventsOf("pointPlaced").length === 1);
  expect(page.eventsOf("pointPlaced")).toEqual([{ point: { x: 9, y: 10 }, foreground: true }]);
});

test("documents opened, switched, undone and closed are told, also where Photoshop tells nothing", async () => {
  for (const tellsNothing of [false, true]) {
    const { simulator, page } = await open({ tellsNothing });
    const names = () => page.eventsOf("document").map((one) => (one as { name: string } | null)?.name ?? null);
    const second = simulator.open(documentState(30, 20), { name: "Second" });
    await until(() => names().at(-1) === "Second");
    simulator.close(second);
    await until(() => names().at(-1) === "Untitled-1");
    simulator.close(simulator.documents[0]);
    await until(() => names().at(-1) === null);
    page.close();
  }
});

test("the theme is told, and which one it is at the start", async () => {
  const { page } = await open();
  expect((await page.start()).theme).toBe("darkest");
  page.plugin.setTheme("light");
  await until(() => page.eventsOf("theme").length === 1);
  expect(page.eventsOf("theme")).toEqual(["light"]);
  expect((await page.start()).theme).toBe("light");
});
