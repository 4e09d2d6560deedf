import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createEngine, type Engine } from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AutoReference, agreement, autoOptionsOf, fewerPoints } from "../../support/autoReference.js";
import { buildDecoderWorker, watchedWorkers } from "../../support/decoderWorkers.js";
import { keptEmbeddings } from "../../support/embeddings.js";
import { readExpected, readPicture } from "../../support/pictures.js";

/**
 * Against rows of the official PyTorch generator. Always: the cheapest run, and the one with crops and small regions, at the
 * points where the official generator found something and at a few where it did not. With PARITY=full both at every point,
 * and where the folder of all reference outputs lies beside the repository every run there.
 */
const FOLDER = new URL("../../../../shared/reference/", import.meta.url);
const NAMES = ["rocket", "chelsea", "coffee", "astronaut"];

const full = process.env.PARITY === "full";
const present = existsSync(fileURLToPath(FOLDER));
const runs: AutoReference[] =
  full && present
    ? NAMES.flatMap(readAll)
    : ["rocket", "chelsea"].map((name) => readExpected<AutoReference>(`${name}.auto.json`));

function readAll(name: string): AutoReference[] {
  const { image, width, height, auto } = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as Omit<
    AutoReference,
    "params" | "masks"
  > & { auto: Pick<AutoReference, "params" | "masks">[] };
  return auto.map(({ params, masks }) => ({ image, width, height, params, masks }));
}

describe("automatic generation against the official generator", () => {
  let engine: Engine;
  beforeAll(async () => {
    const workers = watchedWorkers(await buildDecoderWorker(), 2);
    engine = await createEngine({ model, encoder: "precise", embeddings: keptEmbeddings, workers });
  });
  afterAll(() => engine?.dispose());

  test.skipIf(!full || present)("skipped: there is no folder of reference outputs", () => {});

  test.each(runs.map((run) => [`${run.image} ${JSON.stringify(run.params)}`, run] as const))(
    "%s",
    { timeout: 600_000 },
    async (_, run) => {
      const ours = await engine.generate(await readPicture(run.image), {
        auto: full ? autoOptionsOf(run) : fewerPoints(run),
      });
      const found = agreement(run, ours);
      expect(found.officialFound).toBeGreaterThanOrEqual(0.97);
      expect(found.oursFound).toBeGreaterThanOrEqual(0.97);
      expect(Math.abs(found.ours - found.official)).toBeLessThanOrEqual(Math.max(1, 0.03 * found.official));
      expect(found.predictedIou).toBeLessThan(0.005);
      expect(found.stabilityScore).toBeLessThan(0.005);
      expect(found.area).toBeLessThan(0.01);
      expect(found.box).toBeLessThanOrEqual(2);
      expect(found.cropBox).toBe(0);
      expect(found.point).toBeLessThan(1e-6);
      // the official order, wherever scores differ by more than the last digits
      const inOrder = run.params.crop_n_layers === undefined;
      if (inOrder)
        expect(ours.map((mask) => mask.predictedIou)).toEqual(ours.map((m) => m.predictedIou).sort((a, b) => b - a));
    },
  );
});
