import { afterEach } from "vitest";
import { documentState } from "../hosts/browser/states.js";
import { pause, TestPage } from "./session.js";
import { Simulator } from "./simulator/simulator.js";
import type { Variants } from "./simulator/variants.js";

export const W = 80;
export const H = 60;
export const DRAWN = { left: 10, top: 12, right: 40, bottom: 33 };
export const BOX = { x0: 10, y0: 12, x1: 40, y1: 33 };

/** Until the plugin has read the selection after a change, and until all of an act's notices have come. */
export const SETTLED = 330;
export const ALL_TOLD = 450;

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

export async function open(variants: Partial<Variants> = {}, ...switches: string[]) {
  const simulator = new Simulator(variants);
  const document = simulator.open(documentState(W, H));
  const page = new TestPage(simulator);
  pages.push(page);
  await page.start();
  for (const id of switches) page.plugin.panel.invokeMenu?.(id);
  await pause(60);
  return { simulator, document, page };
}
