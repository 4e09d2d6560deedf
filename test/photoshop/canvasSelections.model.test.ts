import { describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { documentState, noiseMask } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { ALL_TOLD, BOX, DRAWN, H, open, SETTLED, W } from "./openedCanvas.js";
import { pause, until } from "./session.js";
import { command, lasso, marquee, switchTo } from "./simulator/user.js";
import type { Variants } from "./simulator/variants.js";

ownClock();

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
