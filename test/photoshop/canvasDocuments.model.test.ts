import { expect, test } from "vitest";
import { documentState } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { open } from "./openedCanvas.js";
import { until } from "./session.js";

ownClock();

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
