import {
  box,
  cellSize,
  cleanUp,
  createEngine,
  type Engine,
  type Prediction,
  point,
  refineEdges,
  rleIou,
  rleToSoft,
} from "@masksmith/core";
import { model } from "@masksmith/model-minisam-vit-t";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keptEmbeddings } from "../../support/embeddings.js";
import { readPicture } from "../../support/pictures.js";

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ model, encoder: "precise", embeddings: keptEmbeddings });
});
afterAll(() => engine.dispose());

const shownOf = ({ candidates, recommended }: Prediction) => candidates[recommended];

/** What is shown at once for a click, on free pictures: what stands while nothing else is asked. */
describe("the answer to a click", () => {
  async function click(name: string, x: number, y: number, raw = false) {
    const raster = await readPicture(name);
    const embedding = await engine.embed(raster);
    const [prediction] = await engine.predict(embedding, [{ foreground: [point("document", x, y)] }], { raw });
    return { shown: shownOf(prediction!), prediction: prediction!, pixels: raster.width * raster.height };
  }

  test("a small part of a larger whole stays the part: a spoon's bowl on its saucer, a model of a shuttle beside a flag", async () => {
    const spoon = await click("coffee.png", 372, 283);
    expect(spoon.shown.area / spoon.pixels).toBeLessThan(0.04);
    expect(Math.max(...spoon.prediction.candidates.map(({ area }) => area))).toBeGreaterThan(10 * spoon.shown.area);
    const shuttle = await click("astronaut.png", 400, 60);
    expect(shuttle.shown.area / shuttle.pixels).toBeLessThan(0.03);
  });

  test("one of many like things stays one: an eye of a cat's two", async () => {
    const { shown, pixels } = await click("chelsea.png", 165, 130);
    expect(shown.area / pixels).toBeLessThan(0.05);
    const [x, , width] = shown.bbox;
    expect(x + width).toBeLessThan(250);
  });

  test("a first answer without specks stays as it is", async () => {
    for (const [x, y] of [
      [300, 190],
      [320, 120],
      [430, 215],
    ] as const) {
      const [clean, raw] = [await click("coffee.png", x, y), await click("coffee.png", x, y, true)];
      expect(raw.prediction.candidates[0].specks).toBe(0);
      expect(clean.prediction.recommended).toBe(0);
      expect(rleIou(clean.shown.mask, raw.shown.mask)).toBeGreaterThan(0.998);
    }
  });
});

test("natural edges leave a hard object its highlights: a saucer three pixels in from its rim", async () => {
  const raster = await readPicture("coffee.png");
  const embedding = await engine.embed(raster);
  const [answer] = await engine.predict(embedding, [{ box: box("document", 94, 30, 507, 385) }]);
  const { mask } = shownOf(answer!);
  const soft = refineEdges(raster, mask, { mode: "natural", cell: cellSize(embedding.placement) });
  const inside = cleanUp(rleToSoft(mask), { shift: -3 }, raster);
  const depth = inside.data.reduce((sum, coverage) => sum + (coverage === 255 ? 1 : 0), 0);
  const veiled = inside.data.filter((coverage, i) => {
    const [x, y] = [(i % inside.width) + inside.x - soft.x, Math.floor(i / inside.width) + inside.y - soft.y];
    return coverage === 255 && soft.data[y * soft.width + x] < 245;
  });
  expect(veiled.length / depth).toBeLessThan(0.009);
});
