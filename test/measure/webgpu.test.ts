import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, type Engine, type Prediction, type Rle, rleIou } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import type { Browser } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepEmbeddings } from "../browser/support/embeddings.js";
import { launchBrowser, openPage } from "../browser/support/page.js";
import { PATIENCE, PanelDriver, PLAIN } from "../browser/support/panel.js";
import { switchToWebGpu } from "../browser/support/webgpu.js";
import { WORDS } from "../browser/support/words.js";
import { readPicture } from "../support/pictures.js";
import { readReference, toPrompt } from "../support/reference.js";

const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
/** Their embeddings are given: decoding alone takes minutes. The first is the one that the page opens by itself. */
const DECODED = ["coffee.png", "astronaut.png", "rocket.jpg"] as const;
/** Encoded on WebGPU, which takes minutes. */
const ENCODED = "chelsea.png";
/** Masks that a step of a logit does not turn over. */
const STABLE = 0.5;

let browser: Browser;
let panel: PanelDriver;
let engine: Engine;
let scratch: string;
const embedded = new Map<string, Float32Array>();

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "masksmith-webgpu-"));
  const embeddings = {
    get: async () => undefined,
    set: async (id: string, data: Float32Array) => void embedded.set(id, data.slice()),
  };
  engine = await createEngine({ model, encoder: "precise", embeddings });
  browser = await launchBrowser(FLAGS);
  const { page } = await openPage(browser, "served", { viewport: { width: 1000, height: 800 } });
  panel = new PanelDriver(page);
  await panel.ready();
});
afterAll(async () => {
  await browser?.close();
  await engine?.dispose();
  await rm(scratch, { recursive: true, force: true });
});

/** Opens a picture as PNG: browsers and Node read that to the same pixels, which a JPEG's reader is free to round. */
async function openPng(picture: string): Promise<void> {
  const { width, height, channels, data } = await readPicture(picture);
  const name = picture.replace(/\.\w+$/, ".png");
  await sharp(data, { raw: { width, height, channels } }).png().toFile(join(scratch, name));
  await panel.openFiles(join(scratch, name));
  const isReady = (wanted: string) => {
    const { phase, document: open } = document.querySelector("masksmith-panel")!.session!.document.picture.value;
    return phase === "ready" && open?.name === wanted;
  };
  await panel.page.waitForFunction(isReady, name, { timeout: 900_000 });
}

/** IoU of every stable mask with WebAssembly's, for each reference prompt; mask prompts are WebAssembly's earlier answers. */
async function compare(picture: string): Promise<number[]> {
  const embedding = await engine.embed(await readPicture(picture));
  const ious: number[] = [];
  let previous: Prediction | undefined;
  for (const [i, reference] of readReference(picture).predict.entries()) {
    const best = reference.prompt.mask_input ? previous!.candidates[0].logits! : undefined;
    const prompt = toPrompt(reference);
    [previous] = await engine.predict(embedding, [best ? { ...prompt, mask: best } : prompt], {
      logits: true,
      raw: true,
    });
    const started = Date.now();
    const found = await predictInPage(prompt, best && { ...best, data: [...best.data] });
    for (const { token, mask, stabilityScore } of previous!.candidates) {
      const { size, counts } = found.find((other) => other.token === token)!;
      const ours: Rle = { size, counts: Uint32Array.from(counts) };
      if (stabilityScore >= STABLE) ious.push(rleIou(ours, mask));
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${picture}, prompt ${i}: ${seconds} s, least IoU ${Math.min(...ious).toFixed(4)}\n`);
  }
  return ious;
}

/** Masks of the page's engine; numbers go there and back as plain lists. */
function predictInPage(prompt: object, mask: object | undefined) {
  return panel.page.evaluate(
    async ([asked, logits]) => {
      const { engine, document: open } = document.querySelector("masksmith-panel")!.session!;
      type Asked = Parameters<typeof engine.predict>[1][number];
      const given = logits as { data: number[] } | undefined;
      const full = { ...asked, ...(given ? { mask: { ...given, data: Float32Array.from(given.data) } } : {}) };
      const [prediction] = await engine.predict(open.picture.value.embedding!, [full as unknown as Asked]);
      return prediction!.candidates.map(({ token, mask: { size, counts } }) => ({ token, size, counts: [...counts] }));
    },
    [prompt, mask] as const,
  );
}

describe("WebGPU on the software adapter", () => {
  test("decodes the reference prompts to WebAssembly's masks", async () => {
    for (const picture of DECODED) await engine.embed(await readPicture(picture));
    await keepEmbeddings(
      panel.page,
      [...embedded].map(([id, data]) => ({ id, data })),
    );
    expect(await panel.page.evaluate(switchToWebGpu)).toBe("webgpu");
    for (const picture of DECODED) {
      if (picture === DECODED[0]) await panel.ready(picture);
      else await openPng(picture);
      expect(Math.min(...(await compare(picture)))).toBeGreaterThanOrEqual(0.99);
    }
  });

  test("encodes a picture so that its masks are WebAssembly's", async () => {
    await openPng(ENCODED);
    expect(Math.min(...(await compare(ENCODED)))).toBeGreaterThanOrEqual(0.99);
  });

  test("gives way to WebAssembly when the device is lost in the middle of a click, and prompts are kept", async () => {
    await panel.set(PLAIN);
    const { width, height } = await panel.page.evaluate(() => seen.size());
    const to = await panel.at(width / 2, height / 2);
    await panel.page.mouse.click(to.x, to.y);
    await panel.page.waitForFunction(() => seen.session().answering.busy, null, PATIENCE);
    await (await browser.newBrowserCDPSession()).send("Browser.crashGpuProcess").catch(() => undefined);
    await panel.settled();
    expect(await panel.objects()).toMatchObject([{ several: true, error: null }]);
    expect(await panel.notice(WORDS.engine.promptsKept).textContent()).toMatch(WORDS.engine.gpuLost);
  });
});
