import { readdirSync, readFileSync } from "node:fs";
import { PUBLIC_MODELS } from "@masksmith/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser } from "../browser/support/page.js";
import { CUP, photograph, worstSimulator } from "./openedPhotograph.js";
import { pause, until } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import type { Simulator } from "./simulator/simulator.js";
import { WebviewPage } from "./webviewPage.js";

let browser: Browser;
let webview: WebviewPage;
let simulator: Simulator;
let document: SimDocument;

beforeAll(async () => {
  simulator = worstSimulator();
  document = simulator.open(await photograph(), { name: "coffee.psd" });
  browser = await launchBrowser();
  webview = await WebviewPage.open(simulator, browser);
  await webview.ready("coffee.psd");
  await webview.click(...CUP);
});
afterAll(async () => {
  await webview?.close();
  await browser?.close();
});

describe("a model from a folder that Photoshop asks for", () => {
  const FOLDER = new URL("../fixtures/models/sam-tiny-512/", import.meta.url);
  const files = () => {
    const names = readdirSync(FOLDER).filter((name) => name !== "reference");
    return new Map(names.map((name) => [name, Uint8Array.from(readFileSync(new URL(name, FOLDER)))]));
  };
  const { id } = JSON.parse(readFileSync(new URL("manifest.json", FOLDER), "utf8")) as { id: string };
  const withManifest = (change: (text: string) => string) => {
    const given = files();
    const text = Buffer.from(given.get("manifest.json")!).toString();
    return given.set("manifest.json", Uint8Array.from(Buffer.from(change(text))));
  };
  const inUse = () =>
    webview.page.evaluate(() => {
      const { models, work, engines } = window.document.querySelector("masksmith-panel")!.session!;
      const { id, origin } = models.chosen;
      const engine = engines.status.value.info?.model.id;
      return { id, origin, engine, choices: models.choice.value.models.length, objects: work.now.objects.length };
    });
  const said = () =>
    webview.page.evaluate(
      () => window.document.querySelector("masksmith-panel")!.session!.reporter.notice.value?.text ?? null,
    );
  const choose = () => webview.page.getByRole("button", { name: "Open model folder…" }).click();
  let before: Awaited<ReturnType<typeof inUse>>;

  beforeAll(async () => {
    await webview.page.getByRole("button", { name: "Settings and shortcuts" }).click();
    before = await inUse();
  });

  /** The model in use answers a click, without the picture being encoded again. */
  async function stillAnswers() {
    expect(await inUse()).toEqual(before);
    const again = await webview.page.evaluate(async (at) => {
      const { engine, document: open } = window.document.querySelector("masksmith-panel")!.session!;
      const prompt = { foreground: [{ x: at[0], y: at[1] }] } as unknown as Parameters<
        typeof engine.predict
      >[1][number];
      const [found] = await engine.predict(open.picture.value.embedding!, [prompt]);
      return found!.candidates.length;
    }, CUP);
    expect(again).toBeGreaterThan(0);
  }

  test("cancelled: nothing is said, and nothing happens", async () => {
    const { plugin } = webview;
    plugin.cancelsDialogs = true;
    await choose();
    await pause(300);
    expect(await said()).toBeNull();
    expect(await inUse()).toEqual(before);
    plugin.cancelsDialogs = false;
  });

  const damaged = files();
  damaged.get("encoder-precise.onnx")![100_000] ^= 1;
  const cut = files();
  cut.set("encoder-precise.onnx", cut.get("encoder-precise.onnx")!.subarray(0, 1000));
  const huge = files();
  const claimed = new Uint8Array(0);
  Object.defineProperty(claimed, "length", { value: 10_000_000_000 });
  huge
    .set("encoder-precise.onnx", claimed)
    .set(
      "manifest.json",
      withManifest((text) => text.replace('"bytes": 206107', '"bytes": 10000000000')).get("manifest.json")!,
    );
  const BAD: readonly (readonly [string, Map<string, Uint8Array>, RegExp, number])[] = [
    ["holiday pictures", new Map([["holiday.jpg", Uint8Array.of(1)]]), /The folder has no manifest\.json/, 0],
    [
      "a wrong hash",
      damaged,
      /Model file encoder-precise\.onnx of sam-tiny-512 is damaged: expected sha256 [0-9a-f]+, got/,
      3,
    ],
    ["a file cut off", cut, /encoder-precise\.onnx of sam-tiny-512 is damaged: expected 206107 bytes, got 1000/, 1],
    [
      "a file outside the folder",
      withManifest((text) => text.replaceAll("prompt.bin", "../prompt.bin")),
      /Model manifest: files.*plain file name without folders/,
      1,
    ],
    ["10 GB claimed", huge, /needs about \d+\.\d GB of memory \(weights .*\); 4\.0 GB is all that wasm can address/, 1],
  ];

  test.each(BAD)("%s: one clear line, and the model in use stays in use", async (_, picks, words, mostReads) => {
    const { plugin, page } = webview;
    plugin.picked.picks = picks;
    plugin.picked.read.length = 0;
    await choose();
    await page.locator("masksmith-panel .notice", { hasText: words }).waitFor();
    expect((await said())!.split("\n")).toHaveLength(1);
    expect(plugin.picked.read.length).toBeLessThanOrEqual(mostReads);
    await stillAnswers();
  });

  test("one that is being opened can be cancelled: the model in use stays in use", async () => {
    const { plugin, page } = webview;
    plugin.picked.picks = files();
    plugin.picked.read.length = 0;
    plugin.picked.delayMs = 600;
    await choose();
    const opening = page.locator("ms-picture-header .row", { hasText: "Cancel" });
    await opening.getByRole("progressbar", { name: /^Opening Random weights/ }).waitFor();
    await until(() => plugin.picked.read.includes("encoder-precise.onnx"), 20_000);
    await opening.getByRole("button", { name: "Cancel" }).click();
    await page.locator("masksmith-panel .notice", { hasText: "Canceled. Nothing changed." }).waitFor();
    plugin.picked.delayMs = 0;
    await stillAnswers();
  });

  test("a good one is taken into use: prompts stay and are answered anew, the failure is not said any more", async () => {
    const { page, plugin } = webview;
    plugin.picked.picks = files();
    await choose();
    await page.getByText("from a folder").waitFor();
    expect(await said()).toBeNull();
    await webview.ready();
    await page.waitForFunction(() => {
      const { answering, work } = window.document.querySelector("masksmith-panel")!.session!;
      return work.now.objects.every(({ id }) => answering.answers.value.get(id)?.asking === false);
    });
    const { objects } = before;
    expect(await inUse()).toEqual({ id, origin: "from a folder", engine: id, choices: 2, objects });
    expect(id).not.toBe(before.id);
  });

  /** Whether the next page would ask for a model's folder. */
  const isKept = () =>
    webview.page.evaluate(async () => {
      const { host } = window.document.querySelector("masksmith-panel")!.session!;
      return (await host.keptModelFolder!()) !== undefined;
    });

  test("the page loaded anew has it in use again, and the prompts are answered by it", async () => {
    const { page } = webview;
    await page.reload();
    await page.waitForFunction((wanted) => {
      const session = window.document.querySelector("masksmith-panel")?.session;
      if (session?.models.chosen.id !== wanted || session.document.picture.value.phase !== "ready") return false;
      return session.work.now.objects.every(({ id }) => session.answering.answers.value.get(id)?.asking === false);
    }, id);
    const { objects } = before;
    expect(await inUse()).toEqual({ id, origin: "from a folder", engine: id, choices: 2, objects });
    expect(await said()).toBeNull();
  });

  test("and back to the other by the list", async () => {
    const { page } = webview;
    await page.getByRole("button", { name: "Settings and shortcuts" }).click();
    await page.locator("masksmith-panel sp-picker[label=Model]").click();
    await page.getByRole("option", { name: "MobileSAM architecture" }).click();
    await page.getByText("built in").waitFor();
    await webview.ready();
    expect(await inUse()).toEqual({ ...before, choices: 2 });
    expect(await isKept()).toBe(false);
  });

  test("a kept folder that is gone by the next start: one line, the built-in model, and it is kept no longer", async () => {
    const { page, plugin } = webview;
    await choose();
    await page.getByText("from a folder").waitFor();
    await expect.poll(isKept).toBe(true);
    plugin.picked.tokenFault = "gone";
    await page.reload();
    await page.locator("masksmith-panel .notice", { hasText: "The built-in model is in use." }).waitFor();
    expect((await said())!.split("\n")).toHaveLength(1);
    plugin.picked.tokenFault = null;
    expect(await isKept()).toBe(false);
    await webview.ready();
    await stillAnswers();
    await page.getByRole("button", { name: "Settings and shortcuts" }).click();
  });
});

test("the public models are a list of text, closed until it is opened by key", async () => {
  const { page } = webview;
  const list = page.getByRole("list", { name: "Public models" });
  expect(await list.isVisible()).toBe(false);
  await page.locator("masksmith-panel summary", { hasText: "Public models" }).focus();
  await page.keyboard.press("Enter");
  await list.waitFor();
  expect(await list.getByRole("listitem").count()).toBe(PUBLIC_MODELS.length);
  for (const { name, licence, page: address } of PUBLIC_MODELS) {
    const item = list.getByRole("listitem").filter({ hasText: name }).first();
    expect(await item.textContent()).toContain(licence);
    expect(await item.textContent()).toContain(address);
  }
  expect(await list.locator("a, button, input").count()).toBe(0);
  await page.keyboard.press("Space");
  await list.waitFor({ state: "hidden" });
});

test("the self-test runs the model and a document of its own, where no document is open", async () => {
  simulator.close(document);
  await webview.page.reload();
  await webview.page.waitForFunction(() => window.document.querySelector("masksmith-panel")?.session, null);
  webview.plugin.command("selfTest");
  await until(() => webview.plugin.saved.length === 1, 60_000);
  const report = JSON.parse(Buffer.from(webview.plugin.saved[0].data as ArrayBuffer).toString()) as {
    readonly page: Readonly<Record<string, unknown>>;
    readonly testDocument: Readonly<Record<string, string>>;
  };
  expect(report.page).toMatchObject({ protocol: "file:", storage: "refused", random: true });
  expect(report.page.engine).toMatch(/^(WebAssembly|WebGPU)/);
  expect(report.page.bridgeMegabytesPerSecond).toBeGreaterThan(0);
  expect(new Set(Object.values(report.testDocument))).toEqual(new Set(["passed"]));
  expect(simulator.documents).toEqual([]);
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
