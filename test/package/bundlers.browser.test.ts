import { type CocoRle, point, rleFromCoco, rleIou } from "@masksmith/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disposeNodeEngine, nodeCandidate } from "../browser/support/nodeEngine.js";
import { launchBrowser } from "../browser/support/page.js";
import { allBundlers, type Bundler, shortBundlers } from "./support/bundlers.js";
import { freshProject } from "./support/project.js";
import type { Site } from "./support/site.js";

/** The engine in a worker; in the long form in the page's own thread too. */
const ways = process.env.MASKSMITH_BUNDLERS === "all" ? ["createWorkerEngine", "createEngine"] : ["createWorkerEngine"];
const bundlers = process.env.MASKSMITH_BUNDLERS === "all" ? allBundlers : shortBundlers;

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await disposeNodeEngine();
});

describe.each(bundlers)("with $name, unconfigured", (bundler) => {
  test("a click gives Node's mask, and a page without WebGPU loads nothing of it", async () => {
    await onSite(bundler, pageOf(bundler.spawn), async (site) => {
      const page = await browser.newPage();
      const loaded: string[] = [];
      page.on("response", (response) => loaded.push(response.url()));
      await page.goto(site.url);
      await page.locator("canvas").click({ position: { x: 300, y: 190 }, timeout: 60_000 });
      const said = await page.waitForFunction(() => document.title.startsWith("[") && document.title, null, {
        timeout: 120_000,
      });
      const masks = JSON.parse(String(await said.jsonValue())) as CocoRle[];
      expect(masks.length).toBe(ways.length);
      const { mask: nodes } = await nodeCandidate({ foreground: [point("document", 300, 190)] });
      for (const mask of masks) expect(rleIou(rleFromCoco(mask), nodes)).toBeGreaterThanOrEqual(0.99);
      expect(loaded.filter((url) => /webgpu|asyncify|jsep/.test(url))).toEqual([]);
    });
  });
});

async function onSite(bundler: Bundler, page: string, work: (site: Site) => Promise<void>): Promise<void> {
  const project = await freshProject(bundler.tools);
  try {
    const site = await bundler.open(project, page);
    await work(site).finally(() => site.close());
  } finally {
    await project.remove();
  }
}

/** What the README says, and no more. Its answer, or what went wrong, is the page's title. */
const pageOf = (spawn = "") => `
import { createEngine, createWorkerEngine, point, rleToCoco } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";

const image = new Image();
image.src = "photo.png";
await image.decode();
const canvas = document.createElement("canvas");
canvas.width = image.width;
canvas.height = image.height;
document.body.style.margin = "0";
document.body.append(canvas);
const context = canvas.getContext("2d");
context.drawImage(image, 0, 0);
const { data, width, height } = context.getImageData(0, 0, image.width, image.height);

canvas.addEventListener("click", async ({ offsetX, offsetY }) => {
  try {
    const masks = [];
    for (const create of [${ways}]) {
      const engine = await create({ model${spawn && ", ...(create === createWorkerEngine ? { spawn: "}${spawn}${spawn && " } : {})"} });
      const embedding = await engine.embed({ width, height, channels: 4, data });
      const [prediction] = await engine.predict(embedding, [{ foreground: [point("document", offsetX, offsetY)] }]);
      masks.push(rleToCoco(prediction.candidates[prediction.recommended].mask));
      await engine.dispose();
    }
    document.title = JSON.stringify(masks);
  } catch (error) {
    document.title = "[ " + error.message;
  }
});
`;
