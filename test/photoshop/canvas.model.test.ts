import { afterEach, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { documentState, noiseMask } from "../hosts/browser/states.js";
import { ownClock } from "./clock.js";
import { pause, TestPage, until } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import { command, count, lasso, marquee, sample, switchTo, uncount } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

ownClock();

const W = 80;
const H = 60;
const DRAWN = { left: 10, top: 12, right: 40, bottom: 33 };
const BOX = { x0: 10, y0: 12, x1: 40, y1: 33 };

/** Until the plugin has read the selection after a change, and until all of an act's notices have come. */
const SETTLED = 330;
const ALL_TOLD = 450;

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
  { noticeAfter: 320 },
];

describe.each(NOTICES)("with notices like %o", (variants) => {
  test("a marquee is one box prompt and the earlier selection comes back, soft as it was", async () => {
    const { simulator, document, page } = await open(variants);
    const before = noiseMask(3, 4, 20, 9, 2);
    document.act("Select", document.selected(toCoverage(before)));
    page.plugin.panel.invokeMenu?.("marquee");
    await pause(60);
    await pause(SETTLED);
    marquee(simulator, document, DRAWN);
    await until(() => document.history.at(-1)?.name === "Restore selection");
    await pause(ALL_TOLD);
    expect(page.eventsOf("selectionDrawn")).toEqual([BOX]);
    expect(document.state.picture.selection).toEqual(before);
  });

  test.each(["add", "subtract", "intersect"] as const)("so is one drawn to %s", async (mode) => {
    const { simulator, document, page } = await open(variants, "marquee");
    marquee(simulator, document, DRAWN, mode);
    await until(() => page.eventsOf("selectionDrawn").length > 0);
    await pause(ALL_TOLD);
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

test("our own results are no prompts, though their notices leak out late, and twice", async () => {
  const { page, document } = await open({ leaksOwn: true }, "marquee");
  const solid = { x: 5, y: 5, width: 10, height: 10, data: new Uint8Array(100).fill(255) };
  const items = [{ name: "Cup", mask: solid, parent: null }];
  await page.apply({ kind: "selection", mode: "replace" }, items);
  await page.apply({ kind: "alpha-channel" }, items);
  await pause(ALL_TOLD);
  expect(page.eventsOf("selectionDrawn")).toEqual([]);
  expect(document.history.at(-1)?.name).toBe("Object to alpha channel");
});

describe("the earlier selection that comes back is the one there was right before the box", () => {
  const EARLIER = noiseMask(3, 4, 20, 9, 2);
  const INVERSE = noiseMask(30, 20, 25, 22, 5);

  async function opened(variants: Partial<Variants> = {}) {
    const all = await open(variants, "marquee");
    command(all.document, "Select", toCoverage(EARLIER));
    await pause(SETTLED);
    return all;
  }

  async function drawn({ simulator, document, page }: Awaited<ReturnType<typeof open>>, box = DRAWN) {
    const boxes = page.eventsOf("selectionDrawn").length;
    marquee(simulator, document, box);
    await until(() => page.eventsOf("selectionDrawn").length > boxes);
    await until(() => document.history.at(-1)?.name === "Restore selection");
  }

  test("after a command on the selection", async () => {
    const all = await opened();
    command(all.document, "Inverse", toCoverage(INVERSE));
    await pause(SETTLED);
    await drawn(all);
    expect(all.document.state.picture.selection).toEqual(INVERSE);
  });

  test("after a command that nothing was told of", async () => {
    const all = await opened();
    all.simulator.isQuiet = true;
    command(all.document, "Move selection", toCoverage(INVERSE));
    all.simulator.isQuiet = false;
    await pause(SETTLED + 1_000 / 20);
    await drawn(all);
    expect(all.document.state.picture.selection).toEqual(INVERSE);
  });

  test("after undoing", async () => {
    const all = await opened();
    command(all.document, "Inverse", toCoverage(INVERSE));
    await pause(SETTLED);
    all.document.undo();
    await pause(SETTLED);
    await drawn(all);
    expect(all.document.state.picture.selection).toEqual(EARLIER);
  });

  test("after another box, however soon", async () => {
    for (const wait of [170, 600]) {
      const all = await opened();
      await drawn(all);
      await pause(wait);
      await drawn(all, { ...DRAWN, left: 20 });
      await pause(ALL_TOLD);
      expect(all.page.eventsOf("selectionDrawn")).toEqual([BOX, { ...BOX, x0: 20 }]);
      expect(all.document.state.picture.selection).toEqual(EARLIER);
    }
  });

  test("also where a second box is drawn while Photoshop is busy with it", async () => {
    const { simulator, document, page } = await opened();
    simulator.blocker = "Rectangular Marquee Tool";
    marquee(simulator, document, DRAWN);
    await pause(60);
    marquee(simulator, document, { ...DRAWN, left: 20 });
    await until(() => page.eventsOf("selectionDrawn").length === 2);
    simulator.blocker = null;
    await until(() => document.history.at(-1)?.name === "Restore selection");
    await pause(ALL_TOLD);
    expect(document.state.picture.selection).toEqual(EARLIER);
  });

  test("and none where it was changed too short a time before the box: the drawn one stays", async () => {
    const { simulator, document, page } = await opened();
    command(document, "Inverse", toCoverage(INVERSE));
    await pause(20);
    marquee(simulator, document, DRAWN);
    await pause(ALL_TOLD);
    expect(page.eventsOf("selectionDrawn")).toEqual([BOX]);
    expect(document.history.map(({ name }) => name).slice(-2)).toEqual(["Inverse", "Rectangular Marquee"]);
  });

  test.each([20, 320])(
    "and no other document's, where a box is told %d ms after its tab was left",
    async (noticeAfter) => {
      const { simulator, document, page } = await opened({ noticeAfter });
      const second = simulator.open(documentState(W, H), { name: "Second" });
      command(second, "Select", toCoverage(INVERSE));
      switchTo(simulator, document);
      await pause(noticeAfter + SETTLED + ALL_TOLD);
      marquee(simulator, document, DRAWN);
      switchTo(simulator, second);
      await pause(noticeAfter + SETTLED + ALL_TOLD);
      expect(page.eventsOf("selectionDrawn")).toEqual([]);
      expect(second.state.picture.selection).toEqual(INVERSE);
      expect(second.history.at(-1)?.name).toBe("Select");
      expect(document.history.at(-1)?.name).toBe("Rectangular Marquee");
      marquee(simulator, second, DRAWN);
      await until(() => second.history.at(-1)?.name === "Restore selection");
      expect(second.state.picture.selection).toEqual(INVERSE);
    },
  );
});

test("of a box that reaches beyond the canvas the prompt is what lies on it", async () => {
  const { simulator, document, page } = await open({}, "marquee");
  marquee(simulator, document, { left: -20, top: 12, right: 40, bottom: H + 30 });
  await until(() => page.eventsOf("selectionDrawn").length > 0);
  expect(page.eventsOf("selectionDrawn")).toEqual([{ x0: 0, y0: 12, x1: 40, y1: H }]);
});

test("a box in another unit is read from the selection it made, and is none where it made none", async () => {
  const { simulator, document, page } = await open({}, "marquee");
  marquee(simulator, document, DRAWN, "add", "percentUnit");
  await pause(SETTLED);
  expect(page.eventsOf("selectionDrawn")).toEqual([]);
  marquee(simulator, document, { ...DRAWN, left: 20 }, "replace", "distanceUnit");
  await until(() => page.eventsOf("selectionDrawn").length > 0);
  await pause(ALL_TOLD);
  expect(page.eventsOf("selectionDrawn")).toEqual([{ ...BOX, x0: 20 }]);
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

describe.each([0, 1] as const)("count groups that Photoshop numbers from %d", (countBase) => {
  const placed = (page: TestPage) =>
    page.eventsOf("pointPlaced").map((one) => {
      const { point, foreground } = one as { point: { x: number }; foreground: boolean };
      return `${foreground ? "+" : "-"}${point.x}`;
    });

  test("keep their meaning when the first group's last mark is deleted", async () => {
    const { simulator, document, page } = await open({ countBase });
    count(simulator, document, 20, 30);
    count(simulator, document, 41, 12, 1);
    await until(() => placed(page).length === 2);
    uncount(simulator, document, 0);
    await pause(ALL_TOLD);
    expect(placed(page)).toEqual(["+20", "-41"]);
    count(simulator, document, 50, 12, 1);
    count(simulator, document, 22, 12, 0);
    await until(() => placed(page).length === 4);
    expect(placed(page)).toEqual(["+20", "-41", "-50", "+22"]);
  });

  test("have it in a document that starts with the second group", async () => {
    const { simulator, document, page } = await open({ countBase });
    // Where groups count from is known once a mark of the first was seen, in whatever document.
    count(simulator, document, 20, 30);
    await until(() => placed(page).length === 1);
    const second = simulator.open(documentState(W, H));
    await pause(SETTLED);
    count(simulator, second, 41, 12, 1);
    await until(() => placed(page).length === 2);
    expect(placed(page)).toEqual(["+20", "-41"]);
  });
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
