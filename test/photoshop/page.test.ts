import { pathToFileURL } from "node:url";
import { decodeRle, type Rle } from "@masksmith/core";
import type { Browser, Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRow, toCoverage } from "../../hosts/browser/src/document/coverage.js";
import type { Coverage } from "../../hosts/browser/src/document/model.js";
import { pictureState } from "../../hosts/browser/src/document/newDocument.js";
import { readPsd, writePsd } from "../../hosts/browser/src/psd/index.js";
import type { OutputKind } from "../../plugin/panel/host.js";
import type {} from "../../plugin/panel/ui/panel.js";
import { launchBrowser } from "../browser/support/page.js";
import { fixture } from "../browser/support/panel.js";
import { maskInFile } from "./psdMask.js";
import { until } from "./session.js";
import type { SimDocument } from "./simulator/document.js";
import { LoadedPlugin } from "./simulator/plugin.js";
import { Simulator } from "./simulator/simulator.js";

const PAGE = pathToFileURL(new URL("../../plugin/dist/webview/index.html", import.meta.url).pathname).href;
const W = 600;
const H = 400;
/** The middle of the cup of "coffee". */
const CUP = [300, 190] as const;
const PATIENCE = { timeout: 110_000 };

let browser: Browser;
let page: Page;
let simulator: Simulator;
let document: SimDocument;
let plugin: LoadedPlugin;
const foreign: string[] = [];
const problems: string[] = [];
/** The engine's own answer, as the panel shows it. */
let answer: Uint8Array;

/** The page as a webview shows it: no storage, no windows, and a bridge that comes late and passes JSON only. */
function likeWebview(): void {
  const scope = window as unknown as { uxpHost?: unknown; simPost(text: string): void };
  const refused = () => {
    throw new DOMException("Storage is not supported", "SecurityError");
  };
  Object.defineProperty(window, "localStorage", { get: refused });
  Object.defineProperty(window, "sessionStorage", { get: refused });
  window.open = () => null;
  window.alert = () => undefined;
  setTimeout(() => {
    scope.uxpHost = { postMessage: (message: unknown) => scope.simPost(JSON.stringify(message)) };
  }, 300);
}

/** The opened PSD of the fixture, in a layer of its own. */
async function picture() {
  const { data } = await sharp(fixture("coffee.png")).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const state = pictureState(W, H, Uint8ClampedArray.from(data), false);
  return readPsd(writePsd(state), "coffee.psd").state;
}

beforeAll(async () => {
  simulator = new Simulator();
  document = simulator.open(await picture(), { name: "coffee.psd" });
  plugin = new LoadedPlugin(simulator);
  const webview = plugin.show();
  browser = await launchBrowser();
  page = await (await browser.newContext({ viewport: { width: 420, height: 900 } })).newPage();
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) foreign.push(request.url());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.exposeFunction("simPost", (text: string) => webview.page?.post(JSON.parse(text)));
  await page.addInitScript(likeWebview);
  webview.page!.receive = (event) => {
    const { data } = event as { data: unknown };
    const tell = (given: unknown) => window.dispatchEvent(new MessageEvent("message", { data: given }));
    page.evaluate(tell, data).catch(() => undefined);
  };
  await page.goto(PAGE);
}, 120_000);
afterAll(async () => {
  plugin?.unload();
  await browser?.close();
});

async function ready(): Promise<void> {
  await page.waitForFunction(
    () => {
      const state = window.document.querySelector("masksmith-panel")?.session?.picture.picture.value;
      if (state?.phase === "failed") throw new Error(state.error ?? "failed");
      return state?.phase === "ready";
    },
    null,
    PATIENCE,
  );
}

async function applied(kind: OutputKind): Promise<void> {
  const failure = await page.evaluate(async (output) => {
    const { session } = window.document.querySelector("masksmith-panel")!;
    session!.settings.settings.update({ output, selectionMode: "replace" });
    await session!.apply();
    const notice = session!.notice.value;
    return notice?.tone === "success" ? null : (notice?.text ?? "nothing was said");
  }, kind);
  expect(failure).toBeNull();
}

function bytesOf(coverage: Coverage | null): Uint8Array {
  const out = new Uint8Array(W * H);
  if (coverage) for (let y = 0; y < H; y++) readRow(coverage, 0, y, out.subarray(y * W, (y + 1) * W));
  return out;
}

function iouWithAnswer(coverage: Uint8Array): number {
  let [both, either] = [0, 0];
  for (let i = 0; i < answer.length; i++) {
    const [a, b] = [answer[i] > 0, coverage[i] >= 128];
    if (a && b) both++;
    if (a || b) either++;
  }
  return both / either;
}

test("the page opens from disk, finds Photoshop's side and reads the document", async () => {
  await ready();
  expect(await page.locator("#waiting").count()).toBe(0);
  const name = await page.evaluate(() => window.document.querySelector("masksmith-panel")!.session!.document!.name);
  expect(name).toBe("coffee.psd");
  expect(await page.evaluate(() => window.document.documentElement.dataset.theme)).toBe("darkest");
});

test("a click in the preview finds the object", async () => {
  const stage = (await page.locator("#stage [role=application]").boundingBox())!;
  const scale = Math.min((stage.width - 32) / W, (stage.height - 32) / H, 2);
  const x = stage.x + stage.width / 2 + (CUP[0] - W / 2) * scale;
  const y = stage.y + stage.height / 2 + (CUP[1] - H / 2) * scale;
  await page.mouse.click(x, y);
  await page.waitForFunction(
    () => {
      const { session } = window.document.querySelector("masksmith-panel")!;
      const [found] = session!.answers.answers.value.values();
      return found && !found.asking && found.candidates.length === 3;
    },
    null,
    PATIENCE,
  );
  const rle = await page.evaluate(() => {
    const [found] = window.document.querySelector("masksmith-panel")!.session!.answers.answers.value.values();
    const { size, counts } = found!.candidates[found!.chosen]!.mask;
    return { size: [...size], counts: Array.from(counts) };
  });
  answer = decodeRle({ size: [rle.size[0], rle.size[1]], counts: Uint32Array.from(rle.counts) } as Rle);
  expect(answer[CUP[1] * W + CUP[0]]).toBe(1);
});

test("each output lies where the engine's answer lies", async () => {
  await applied("selection");
  expect(iouWithAnswer(bytesOf(document.selection))).toBeGreaterThanOrEqual(0.99);
  await applied("alpha-channel");
  const [channel] = document.state.picture.channels;
  expect(iouWithAnswer(bytesOf(toCoverage(channel.coverage)))).toBeGreaterThanOrEqual(0.99);
  await applied("path");
  expect(document.state.picture.paths).toHaveLength(1);
  await applied("layer-mask");
  const [layer] = document.state.picture.layers;
  expect(iouWithAnswer(await maskInFile(document.state.picture, layer.name))).toBeGreaterThanOrEqual(0.99);
  document.undo();
  await applied("new-layer");
  document.undo();
  await applied("group");
  const { children } = document.state.picture.layers[1] as { children?: readonly { name: string; mask: Coverage }[] };
  expect(iouWithAnswer(await maskInFile(document.state.picture, children![0].name))).toBeGreaterThanOrEqual(0.99);
  expect(document.history.map(({ name }) => name).slice(1)).toHaveLength(4);
});

test("the menu's command selects the object in the selection's box", async () => {
  const [x, y] = CUP;
  const drawn = { x: x - 75, y: y - 80, width: 150, height: 140, data: new Uint8Array(150 * 140).fill(255) };
  document.act("Rectangular Marquee", document.selected(toCoverage(drawn)));
  const steps = document.history.length;
  plugin.entries.commands.selectInBox();
  await until(() => document.history.length > steps, 60_000);
  expect(document.history.at(-1)?.name).toBe("Select object");
  const selected = bytesOf(document.selection);
  expect(selected[y * W + x]).toBeGreaterThan(127);
  expect(selected.filter((value) => value >= 128).length).toBeGreaterThan(1_000);
  expect(document.selection).not.toMatchObject({ width: 150, height: 140 });
  expect(simulator.alerts).toEqual([]);
});

test("a page that is loaded anew has the prompts again", async () => {
  await page.waitForTimeout(1_500);
  await page.reload();
  await ready();
  const objects = await page.evaluate(
    () => window.document.querySelector("masksmith-panel")!.session!.work.work.objects.length,
  );
  expect(objects).toBe(2);
});

test("nothing was asked of the network, nothing was thrown, nothing was left behind", () => {
  expect(foreign).toEqual([]);
  expect(problems).toEqual([]);
  expect(simulator.imaging.leaked).toBe(0);
  expect(simulator.imaging.peak).toBeLessThan(600e6);
});
