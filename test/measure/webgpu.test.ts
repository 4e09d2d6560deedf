import { createEngine, type Engine, type Prompt, type Rle, rleIou } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage } from "../browser/support/page.js";
import { PanelDriver } from "../browser/support/panel.js";
import { storeEmbedding, switchToWebGpu } from "../browser/support/webgpu.js";
import { readPicture } from "../support/pictures.js";
import { readReference, toPrompt } from "../support/reference.js";

const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
/** Their embeddings are given; browsers and Node read a PNG to the same pixels. */
const DECODED = ["coffee.png", "astronaut.png"] as const;
/** Encoded on WebGPU, which takes minutes. */
const ENCODED = "chelsea.png";
/** Masks that a step of a logit does not turn over. */
const STABLE = 0.5;

/** The reference prompts of a picture; an earlier answer as mask prompt belongs to another suite. */
function promptsOf(picture: string): Prompt[] {
  const { predict } = readReference(picture);
  return predict.filter(({ prompt }) => !prompt.mask_input).map(toPrompt);
}

let browser: Browser;
let panel: PanelDriver;
let engine: Engine;
const embedded = new Map<string, Float32Array>();

beforeAll(async () => {
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
});

/** IoU of every stable mask with WebAssembly's, prompt by prompt. */
async function compare(picture: string): Promise<number[]> {
  const embedding = await engine.embed(await readPicture(picture));
  const ious: number[] = [];
  for (const [i, prompt] of promptsOf(picture).entries()) {
    const [wanted] = await engine.predict(embedding, [prompt]);
    const started = Date.now();
    const found = await panel.page.evaluate(async (asked) => {
      const { engine, picture } = document.querySelector("masksmith-panel")!.session!;
      type Asked = Parameters<typeof engine.predict>[1][number];
      const [prediction] = await engine.predict(picture.picture.value.embedding!, [asked as unknown as Asked]);
      return prediction!.candidates.map(({ token, mask: { size, counts } }) => ({ token, size, counts: [...counts] }));
    }, prompt as object);
    for (const { token, mask, stabilityScore } of wanted!.candidates) {
      const { size, counts } = found.find((other) => other.token === token)!;
      const ours: Rle = { size, counts: Uint32Array.from(counts) };
      if (stabilityScore >= STABLE) ious.push(rleIou(ours, mask));
    }
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    process.stdout.write(`${picture}, prompt ${i}: ${seconds} s, least IoU ${Math.min(...ious).toFixed(4)}\n`);
  }
  return ious;
}

describe("WebGPU on the software adapter", () => {
  test("decodes the reference prompts to WebAssembly's masks", async () => {
    for (const picture of DECODED) await engine.embed(await readPicture(picture));
    for (const [id, data] of embedded) await panel.page.evaluate(storeEmbedding, { id, data: [...data] });
    expect(await panel.page.evaluate(switchToWebGpu)).toBe("webgpu");
    for (const picture of DECODED) {
      if (picture !== "coffee.png") await panel.open(picture);
      await panel.ready(picture);
      expect(Math.min(...(await compare(picture)))).toBeGreaterThanOrEqual(0.99);
    }
  });

  test("encodes a picture so that its masks are WebAssembly's", async () => {
    await panel.open(ENCODED);
    await panel.page.waitForFunction(
      (name) => {
        const { phase, document: open } = document.querySelector("masksmith-panel")!.session!.picture.picture.value;
        return phase === "ready" && open?.name === name;
      },
      ENCODED,
      { timeout: 900_000 },
    );
    expect(Math.min(...(await compare(ENCODED)))).toBeGreaterThanOrEqual(0.99);
  });
});
