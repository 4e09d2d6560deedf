import { type Coverage, readSoftRow } from "@masksmith/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { pictureState } from "../../hosts/browser/src/document/newDocument.js";
import { launchBrowser } from "../browser/support/page.js";
import { iou } from "./compare.js";
import { CUP, H, photograph, W, worstSimulator } from "./openedPhotograph.js";
import { PsdFile } from "./psdFile.js";
import { pause, until } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import type { Simulator } from "./simulator/simulator.js";
import { count, marquee, sample } from "./simulator/user.js";
import { WebviewPage } from "./webviewPage.js";

let browser: Browser;
let webview: WebviewPage;
let simulator: Simulator;
let document: SimDocument;
/** The engine's own answer, as the panel shows it. */
let answer: Uint8Array;

beforeAll(async () => {
  simulator = worstSimulator();
  document = simulator.open(await photograph(), { name: "coffee.psd" });
  browser = await launchBrowser();
  webview = await WebviewPage.open(simulator, browser);
}, 120_000);
afterAll(async () => {
  await webview?.close();
  await browser?.close();
});

function bytesOf(coverage: Coverage | null): Uint8Array {
  const out = new Uint8Array(W * H);
  if (coverage) for (let y = 0; y < H; y++) readSoftRow(coverage, 0, y, out.subarray(y * W, (y + 1) * W));
  return out;
}

/** Undoes all but `steps` of the history, and waits until the page has seen it. */
async function back(steps: number): Promise<void> {
  while (document.at > steps) document.undo();
  await pause(250);
  await webview.ready();
}

function agrees(coverage: Uint8Array): void {
  expect(iou(answer, coverage, W)).toBeGreaterThanOrEqual(0.99);
}

test("the page opens from disk, finds Photoshop's side and reads the document", async () => {
  await webview.ready("coffee.psd");
  const { page } = webview;
  expect(await page.locator("#waiting").count()).toBe(0);
  expect(await page.evaluate(() => window.document.documentElement.dataset.theme)).toBe("darkest");
});

test("a click in the preview finds the object", async () => {
  answer = (await webview.click(...CUP)).map((value) => value * 255);
  expect(answer[CUP[1] * W + CUP[0]]).toBe(255);
});

test("the wheel with Alt, a key and a click on the same place step through its answers, until undo", async () => {
  const { first, seen, undone } = await webview.stepThrough(...CUP);
  expect({ seen, undone }).toEqual({ seen: [0, 1, 2], undone: first });
});

test("each output lies where the engine's answer lies, in the file too", async () => {
  expect(await webview.apply("selection")).toBeNull();
  agrees(bytesOf(document.selection));
  await webview.takeUp();
  expect(await webview.apply("alpha-channel")).toBeNull();
  agrees(await new PsdFile(document.state.picture).channel());
  await webview.takeUp();
  expect(await webview.apply("path")).toBeNull();
  agrees(new PsdFile(document.state.picture).path(0));
  await webview.takeUp();
  expect(await webview.apply("layer-mask")).toBeNull();
  agrees(await new PsdFile(document.state.picture).mask(document.state.picture.layers[0].name));
  document.undo();
  await webview.takeUp();
  expect(await webview.apply("new-layer")).toBeNull();
  agrees(await new PsdFile(document.state.picture).alpha("Object 1"));
  document.undo();
  await webview.takeUp();
  expect(await webview.apply("group")).toBeNull();
  agrees(await new PsdFile(document.state.picture).mask("Object 1"));
  expect(document.history.map(({ name }) => name).slice(1)).toEqual([
    "Select object",
    "Object to alpha channel",
    "Object to path",
    "Objects to masked layers",
  ]);
  document.undo();
});

test("soft edges come through each output", async () => {
  const soft = (bytes: Uint8Array) => bytes.filter((value) => value > 8 && value < 247).length;
  await webview.takeUp();
  expect(await webview.apply("selection")).toBeNull();
  const selection = bytesOf(document.selection);
  expect(soft(selection)).toBeGreaterThan(200);
  await webview.takeUp();
  expect(await webview.apply("layer-mask")).toBeNull();
  expect(bytesOf(document.activeLayer!.mask)).toEqual(selection);
  const channel = document.state.picture.channels[0].coverage;
  expect(bytesOf(toCoverage(channel))).toEqual(selection);
  document.undo();
  await webview.takeUp();
  expect(await webview.apply("new-layer")).toBeNull();
  expect(await new PsdFile(document.state.picture).alpha("Object 1")).toEqual(selection);
  document.undo();
});

describe("a layer that has a mask", () => {
  const buttons = ["Replace", "Add", "Subtract", "Intersect", "Cancel"] as const;

  test.each(buttons)("is asked about before: %s", async (name) => {
    const steps = document.at;
    const half = { x: 0, y: 0, width: W / 2, height: H, data: new Uint8Array((W / 2) * H).fill(255) };
    const [layer] = document.state.picture.layers;
    const before = { ...toCoverage(half), enabled: true };
    document.act("Mask", {
      ...document.state,
      picture: { ...document.state.picture, layers: [{ ...layer, mask: before }] },
    });
    await pause(250);
    await webview.ready();
    await webview.takeUp();
    const applied = webview.apply("layer-mask");
    await webview.page.locator("dialog button", { hasText: name }).click();
    const words = await applied;
    const p = bytesOf(before);
    const mask = bytesOf(document.activeLayer!.mask);
    const rules = {
      Replace: answer,
      Add: p.map((value, i) => Math.max(value, answer[i])),
      Subtract: p.map((value, i) => Math.min(value, 255 - answer[i])),
      Intersect: p.map((value, i) => Math.min(value, answer[i])),
      Cancel: p,
    };
    expect(iou(rules[name], mask, W)).toBeGreaterThanOrEqual(0.99);
    if (name === "Cancel") expect(words).toMatch(/Canceled\. Nothing changed/);
    else expect(words).toBeNull();
    await back(steps);
  });
});

test("what goes wrong is said, changes nothing, and the next click works", async () => {
  for (const kind of ["throw", "cancel", "memory"] as const) {
    await webview.ready();
    await webview.takeUp();
    const { state } = document;
    simulator.fault = { at: simulator.calls.length + 4, kind };
    const words = await webview.apply("selection", "intersect");
    expect(words).toMatch(/Couldn't apply: .+ Your prompts and document are unchanged|Nothing changed/);
    expect(document.state.picture).toBe(state.picture);
    simulator.fault = null;
  }
  const again = await webview.click(...CUP, 3);
  expect(
    iou(
      answer,
      again.map((value) => value * 255),
      W,
    ),
  ).toBeGreaterThan(0.9);
  expect(await webview.apply("selection")).toBeNull();
});

test("the menu's command selects the object in the selection's box", async () => {
  const [x, y] = CUP;
  const drawn = { x: x - 75, y: y - 80, width: 150, height: 140, data: new Uint8Array(150 * 140).fill(255) };
  document.act("Rectangular Marquee", document.selected(toCoverage(drawn)));
  const steps = document.history.length;
  webview.plugin.command("selectInBox");
  await until(() => document.history.length > steps, 60_000);
  expect(document.history.at(-1)?.name).toBe("Select object");
  const selected = bytesOf(document.selection);
  expect(selected[y * W + x]).toBeGreaterThan(127);
  expect(selected.filter((value) => value >= 128).length).toBeGreaterThan(1_000);
  expect(document.selection).not.toMatchObject({ width: 150, height: 140 });
  expect(simulator.alerts).toEqual([]);
});

test("the menu's command masks the object in the selection's box", async () => {
  const steps = document.history.length;
  const selection = bytesOf(document.selection);
  webview.plugin.command("maskInBox");
  await until(() => document.history.length > steps, 60_000);
  expect(document.history.at(-1)?.name).toBe("Mask object");
  expect(iou(selection, bytesOf(document.activeLayer!.mask), W)).toBeGreaterThan(0.6);
  expect(bytesOf(document.selection)).toEqual(selection);
  expect(simulator.alerts).toEqual([]);
  await back(steps - 1);
});

test("the panel looks at the active layer alone where its settings say so", async () => {
  const { page } = webview;
  const look = async (at: string) => {
    await page.getByRole("button", { name: "Settings and shortcuts" }).click();
    await page.getByLabel("Sample").first().click();
    await page.getByRole("option", { name: at, exact: true }).click();
    await page.getByRole("button", { name: "Settings and shortcuts" }).click();
  };
  const version = () =>
    page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.document.current!.version);
  const all = await version();
  await look("Active layer");
  await webview.ready();
  expect(await version()).toBe(`${all}/layer ${document.activeLayer!.id}`);
  await look("All layers");
  await webview.ready();
  expect(await version()).toBe(all);
});

describe("what the user does on Photoshop's own canvas is a prompt of a new object", () => {
  const [x, y] = CUP;
  const drawn = { left: x - 75, top: y - 80, right: x + 75, bottom: y + 60 };
  const holdsCup = (found: Uint8Array) => {
    expect(found[y * W + x]).toBe(1);
    expect(found.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(1_000);
  };

  test("a marquee", async () => {
    webview.plugin.panel.invokeMenu?.("marquee");
    await pause(100);
    holdsCup(await webview.answerTo(() => marquee(simulator, document, drawn)));
    await until(() => document.history.at(-1)?.name === "Restore selection");
    webview.plugin.panel.invokeMenu?.("marquee");
  });

  test("count marks, of the second group as background", async () => {
    holdsCup(await webview.answerTo(() => count(simulator, document, x, y)));
    count(simulator, document, x + 130, y, 1);
    await webview.page.waitForFunction(
      () => window.document.querySelector("masksmith-panel")!.session!.work.active!.steps.length === 2,
    );
    expect((await webview.answered())[y * W + x + 130]).toBe(0);
  });

  test("a colour sampler", async () => {
    webview.plugin.panel.invokeMenu?.("samplers");
    holdsCup(await webview.answerTo(() => sample(simulator, document, x, y)));
  });

  test("the selection, on demand", async () => {
    const data = new Uint8Array(150 * 140).fill(255);
    const area = toCoverage({ x: drawn.left, y: drawn.top, width: 150, height: 140, data });
    document.act("Rectangular Marquee", document.selected(area));
    await pause(250);
    await webview.ready();
    holdsCup(
      await webview.answerTo(() =>
        webview.page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.prompts.addSelection()),
      ),
    );
  });
});

test("a command that the user cancels changes nothing; one whose document is left is stopped, and says so", async () => {
  const { state } = document;
  webview.plugin.command("maskAll");
  await webview.page.waitForFunction(() => {
    const { proposals } = window.document.querySelector("masksmith-panel")!.session!;
    const isRunning = proposals.result.value.phase === "running";
    if (isRunning) proposals.cancel();
    return isRunning;
  });
  webview.plugin.command("maskAll");
  await pause(400);
  const second = simulator.open(pictureState(40, 30, new Uint8ClampedArray(40 * 30 * 4).fill(255), true));
  await until(() => simulator.alerts.length > 0, 2_000).finally(() => simulator.close(second));
  expect(simulator.alerts.splice(0)).toEqual([expect.stringMatching(/stopped because another document became active/)]);
  expect(document.state).toBe(state);
  await webview.ready("coffee.psd");
});

test("a page that is loaded anew has the prompts again", async () => {
  await webview.page.waitForTimeout(1_500);
  const objects = () =>
    webview.page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.work.now.objects.length);
  const before = await objects();
  await webview.page.reload();
  await webview.ready();
  expect(before).toBeGreaterThan(1);
  expect(await objects()).toBe(before);
});

test("nothing was asked of the network or of the page while locked, nothing thrown, nothing left behind", () => {
  expect(webview.foreign).toEqual([]);
  expect(webview.problems).toEqual([]);
  expect(webview.plugin.webview.askedInScope).toBe(0);
  // A lock that short could hold no inference, and no user would see it.
  expect(Math.max(...simulator.locked)).toBeLessThan(1_000);
  expect(simulator.imaging.leaked).toBe(0);
  expect(simulator.imaging.peak).toBeLessThan(600e6);
});
