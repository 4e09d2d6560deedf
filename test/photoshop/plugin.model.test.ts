import { afterEach, describe, expect, test } from "vitest";
import { toCoverage } from "../../hosts/browser/src/document/coverage.js";
import { documentState, noiseMask } from "../hosts/browser/states.js";
import { ownClock } from "../support/clock.js";
import { pause, TestPage, until } from "./session.js";
import { LoadedPlugin } from "./simulator/plugin.js";
import { Simulator } from "./simulator/simulator.js";
import { type BridgeVariant, type Variants, WORST } from "./simulator/variants.js";

ownClock();

const pages: TestPage[] = [];
afterEach(() => {
  for (const page of pages.splice(0)) page.close();
});

function open(variants: Partial<Variants> = {}, files?: Map<string, unknown>) {
  const simulator = new Simulator(variants);
  const document = simulator.open(documentState(64, 48));
  const page = new TestPage(simulator, files);
  pages.push(page);
  return { simulator, document, page };
}

const ITEMS = [{ name: "Cup", mask: noiseMask(5, 5, 20, 20, 1), parent: null }];

test("the built plugin starts at once in a realm with no more than UXP has", () => {
  const { page } = open();
  expect(page.plugin.setupMs).toBeLessThan(1_000);
  expect(Object.keys(page.plugin.entries.commands)).toEqual(["selectInBox", "maskInBox", "maskAll", "selfTest"]);
  const items = page.plugin.panel.menuItems as readonly (string | { id: string })[];
  const ids = items.flatMap((item) => (typeof item === "string" ? [] : [item.id]));
  expect(new Set(ids).size).toBe(ids.length);
});

const BRIDGES: readonly Partial<BridgeVariant>[] = [
  {},
  { key: "message" },
  { form: "object" },
  { envelope: true, form: "object" },
  { envelope: true, source: "null", origin: "null" },
  { origin: "file:///C:/plugin/webview/index.html" },
  { origin: "org.masksmith.photoshop", key: "message", envelope: true },
  { lostEvery: 4 },
];

test.each(BRIDGES)("a bridge like %o carries pixels and results", async (bridge) => {
  const { page, document } = open({ bridge: { ...WORST.bridge, ...bridge } });
  const { width, height } = await page.pixels(null, 2048);
  expect([width, height]).toEqual([64, 48]);
  await page.apply({ kind: "selection", mode: "replace" }, ITEMS);
  expect(document.selection?.width).toBe(20);
  expect(page.webview.longest).toBeLessThanOrEqual(1 << 20);
});

test("a page from the network is not heard", async () => {
  const { page } = open({ bridge: { ...WORST.bridge, origin: "https://example.org" } });
  await pause(150);
  const never = Promise.race([page.start().then(() => "heard"), pause(200).then(() => "silence")]);
  expect(await never).toBe("silence");
});

describe("the page's life", () => {
  test("killed and reloaded at any time it finds its prompts again", async () => {
    const { page } = open();
    const work = { objects: [{ id: "1", points: [{ x: 3, y: 4 }] }] };
    await page.end.call("writeSetting", { key: "work", value: work });
    for (let i = 0; i < 3; i++) {
      page.webview.kill();
      page.plugin.panel.invokeMenu?.("reload");
      expect(await page.end.call("readSetting", { key: "work" })).toEqual(work);
      expect((await page.document()).name).toBe("Untitled-1");
    }
    await page.apply({ kind: "selection", mode: "replace" }, ITEMS);
  });

  test("a page loaded anew is in the same session, a plugin started anew is not: document ids begin again", async () => {
    const { page } = open();
    const session = await page.end.call("readSetting", { key: "session" });
    expect(session).toEqual(expect.any(String));
    page.webview.kill();
    page.plugin.panel.invokeMenu?.("reload");
    expect(await page.end.call("readSetting", { key: "session" })).toBe(session);
    expect(await open().page.end.call("readSetting", { key: "session" })).not.toBe(session);
  });

  test("settings outlive the plugin; a damaged file is as none", async () => {
    const files = new Map<string, unknown>();
    const first = open({}, files);
    await first.page.end.call("writeSetting", { key: "panel", value: { hover: false } });
    await until(() => files.size > 0);
    first.page.close();
    const second = open({}, files);
    expect(await second.page.end.call("readSetting", { key: "panel" })).toEqual({ hover: false });
    second.page.close();
    files.set("settings.json", "{half");
    const third = open({}, files);
    expect(await third.page.end.call("readSetting", { key: "panel" })).toBeNull();
  });

  test("a plugin that was shown once is not given a second page by a second show", () => {
    const { page } = open();
    page.plugin.panel.show?.(page.plugin.root);
    expect(page.webview.loads).toBe(1);
  });
});

test("switches of the panel's menu have check marks, those that were kept too", async () => {
  const files = new Map<string, unknown>();
  const { page } = open({}, files);
  await pause(30);
  expect(page.plugin.checked).toEqual(["restore", "counts"]);
  page.plugin.panel.invokeMenu?.("marquee");
  page.plugin.panel.invokeMenu?.("counts");
  expect(page.plugin.checked).toEqual(["marquee", "restore"]);
  await until(() => files.size > 0);
  const again = open({}, files);
  await until(() => again.page.plugin.checked.includes("marquee"));
  expect(again.page.plugin.checked).toEqual(["marquee", "restore"]);
});

describe("files", () => {
  test("are saved where the user says, or not at all", async () => {
    const { page } = open();
    const file = { suggestedName: "cup.png", type: "image/png", bytes: Uint8Array.of(1, 2, 3) };
    expect(await page.end.call("saveFile", file)).toBe(true);
    expect(page.plugin.saved[0].name).toBe("cup.png");
    expect(new Uint8Array(page.plugin.saved[0].data as ArrayBuffer)).toEqual(Uint8Array.of(1, 2, 3));
    page.plugin.cancelsDialogs = true;
    expect(await page.end.call("saveFile", file)).toBe(false);
  });
});

describe("the menu's commands", () => {
  test("hand the selection's box to the page", async () => {
    const { simulator, page, document } = open();
    const asked: unknown[] = [];
    page.serve = async (_, params) => {
      asked.push(params);
      return null;
    };
    page.plugin.command("selectInBox");
    await until(() => simulator.alerts.length === 1);
    expect(simulator.alerts[0]).toMatch(/Draw a selection/);
    await page.apply({ kind: "selection", mode: "replace" }, ITEMS);
    page.plugin.command("maskInBox");
    await until(() => asked.length === 1);
    expect(asked[0]).toMatchObject({ name: "mask-in-box", box: { x0: 5, y0: 5, x1: 25, y1: 25 } });
    expect((asked[0] as { documentId: string }).documentId).toBe(String(document.id));
  });

  test("say what went wrong", async () => {
    const { simulator, page } = open();
    page.serve = async () => {
      throw new Error("The object could not be found");
    };
    await page.start();
    page.plugin.command("maskAll");
    await until(() => simulator.alerts.length === 1);
    expect(simulator.alerts).toEqual(["The object could not be found"]);
    simulator.close(simulator.documents[0]);
    page.plugin.command("maskAll");
    await until(() => simulator.alerts.length === 2);
    expect(simulator.alerts[1]).toBe("Open a document first");
  });

  test("are run from the menu or an action while the panel is closed: it is opened", async () => {
    const simulator = new Simulator();
    const document = simulator.open(documentState(64, 48));
    const plugin = new LoadedPlugin(simulator);
    document.act("Select", document.selected(toCoverage(ITEMS[0].mask)));
    plugin.command("maskInBox");
    await until(() => plugin.root.children.length > 0);
    expect(plugin.webview.loads).toBe(1);
    await until(() => simulator.alerts.length === 1);
    expect(simulator.alerts[0]).toMatch(/Open the panel first/);
    expect(plugin.violations).toEqual([]);
    plugin.unload();
  });

  test.each(["refused", "words"] as const)(
    "say how to open the panel where Photoshop does not: %s",
    async (showPanel) => {
      const simulator = new Simulator({ showPanel });
      simulator.open(documentState(64, 48));
      const plugin = new LoadedPlugin(simulator);
      plugin.command("maskAll");
      await until(() => simulator.alerts.length === 1, 500);
      expect(simulator.alerts[0]).toMatch(/did not open the panel.+Open it with Plugins > masksmith > masksmith/);
      plugin.unload();
    },
  );

  test("hand over what of the selection lies on the canvas", async () => {
    const { page, simulator, document } = open({ overhang: 8 });
    const asked: unknown[] = [];
    page.serve = async (_, params) => {
      asked.push(params);
      return null;
    };
    await page.start();
    const mask = { x: 0, y: 20, width: 64, height: 28, data: new Uint8Array(64 * 28).fill(255) };
    document.act("Select", document.selected(toCoverage(mask)));
    page.plugin.command("selectInBox");
    await until(() => asked.length === 1);
    expect(asked[0]).toMatchObject({ box: { x0: 0, y0: 20, x1: 64, y1: 48 } });
    expect(simulator.alerts).toEqual([]);
  });

  const SELF_TESTS: readonly Partial<Variants>[] = [{}, { maskFromSelection: "error", backgroundMask: "converts" }];

  test.each(SELF_TESTS)("the self-test writes a report that a user can send (%o)", async (variants) => {
    const { simulator, page, document } = open(variants);
    simulator.open(documentState(20, 20));
    simulator.active = document;
    page.serve = async () => ({ engine: "WebAssembly", bridgeMegabytesPerSecond: 40 });
    await page.start();
    const before = document.state;
    page.plugin.command("selfTest");
    await until(() => page.plugin.saved.length === 1);
    const text = Buffer.from(page.plugin.saved[0].data as ArrayBuffer).toString();
    const report = JSON.parse(text) as Record<string, unknown>;
    expect(report).toMatchObject({
      photoshop: "26.0.0",
      page: { engine: "WebAssembly" },
      messageOrigins: ["plugin:"],
      testDocument: {
        "selection replace": "passed",
        "selection add": "passed",
        "alpha-channel": "passed",
        path: "passed",
        "new-layer": "passed",
        "layer-mask replace": "passed",
        "layer-mask subtract": "passed",
        group: "passed",
      },
    });
    expect(text).not.toContain("Untitled");
    expect(simulator.documents).toHaveLength(2);
    expect(simulator.active).toBe(document);
    expect(document.state).toBe(before);
  });

  test("a self-test whose steps fail names each, and leaves no document behind", async () => {
    const { simulator, page } = open({ maskFromSelection: "error", putMask: "rejects", putMaskFails: true });
    await page.start();
    simulator.fault = { at: simulator.calls.length + 9, kind: "throw" };
    page.plugin.command("selfTest");
    await until(() => page.plugin.saved.length === 1);
    const text = Buffer.from(page.plugin.saved[0].data as ArrayBuffer).toString();
    const { testDocument } = JSON.parse(text) as { testDocument: Record<string, string> };
    expect(Object.values(testDocument).some((words) => words.startsWith("failed: "))).toBe(true);
    expect(simulator.documents).toHaveLength(1);
  });
});
