import { describe, expect, test } from "vitest";
import { documentState } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { ALL_TOLD, H, open, SETTLED, W } from "./openedCanvas.js";
import { pause, type TestPage, until } from "./session.js";
import { count, sample, uncount } from "./simulator/user.js";

ownClock();

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
