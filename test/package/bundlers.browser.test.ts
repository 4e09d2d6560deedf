import { type CocoRle, point, rleFromCoco, rleIou } from "@masksmith/core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disposeNodeEngine, nodeCandidate } from "../browser/support/nodeEngine.js";
import { launchBrowser } from "../browser/support/page.js";
import { allBundlers, type Bundler, shortBundlers } from "./support/bundlers.js";
import { freshProject } from "./support/project.js";
import type { Site } from "./support/site.js";

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
    await onSite(bundler, CLICK, async (site) => {
      const page = await browser.newPage();
      const loaded: string[] = [];
      page.on("response", (response) => loaded.push(response.url()));
      await page.goto(site.url);
      await page.locator("canvas").click({ position: { x: 300, y: 190 }, timeout: 60_000 });
      const said = await page.waitForFunction(() => document.title.startsWith("{") && document.title, null, {
        timeout: 120_000,
      });
      const mask = JSON.parse(String(await said.jsonValue())) as CocoRle;
      const { mask: nodes } = await nodeCandidate({ foreground: [point("document", 300, 190)] });
      expect(rleIou(rleFromCoco(mask), nodes)).toBeGreaterThanOrEqual(0.99);
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
const CLICK = `
import { createEngine, point, rleToCoco } from "@masksmith/core";
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
    const engine = await createEngine({ model });
    const embedding = await engine.embed({ width, height, channels: 4, data });
    const [prediction] = await engine.predict(embedding, [{ foreground: [point("document", offsetX, offsetY)] }]);
    document.title = JSON.stringify(rleToCoco(prediction.candidates[prediction.recommended].mask));
  } catch (error) {
    document.title = "{ " + error.message;
  }
});
`;
