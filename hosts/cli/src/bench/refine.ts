import {
  box,
  encodeRle,
  point,
  type Raster,
  type Rle,
  readerOf,
  refineEdges,
  rleArea,
  takeSecondLook,
} from "@masksmith/core";
import type { ChosenModel } from "../models/index.js";
import { type AnyEngine, startEngine } from "../runtime.js";
import { drawnPicture } from "./picture.js";
import { alone, alternate, type BenchRow, median } from "./row.js";

const WIDTH = 6000;
const HEIGHT = 4000;
/** Of the 24-megapixel picture. */
const OBJECT_SHARE = 0.1;

/** What choosing and cleaning answers costs, and a second look. */
export async function benchBetter(model: ChosenModel): Promise<BenchRow[]> {
  const engine = await startEngine({ model: model.source, runtime: model.runtime });
  try {
    return [await benchChoice(engine), await benchZoom(engine)];
  } finally {
    await engine.dispose();
  }
}

async function benchChoice(engine: AnyEngine): Promise<BenchRow> {
  const embedding = await engine.embed(drawnPicture(800, 534));
  const prompt = { foreground: [point("document", 360, 267)] };
  const [ours, raw] = (await alternate(
    9,
    () => engine.predict(embedding, [prompt], { logits: true }),
    () => engine.predict(embedding, [prompt], { logits: true, raw: true }),
  )) as [number[], number[]];
  const more = (median(ours) - median(raw)).toFixed(1);
  return alone("choice", ours, `one click, chosen and cleaned: ${more} ms more than the model's own masks`);
}

async function benchZoom(engine: AnyEngine): Promise<BenchRow> {
  const picture = drawnPicture(2400, 1600);
  const prompt = { box: box("document", 1000, 700, 1300, 1000) };
  const embedding = await engine.embed(picture);
  const [first] = await engine.predict(embedding, [prompt]);
  const crop = await readerOf(picture)(box("document", 775, 475, 1525, 1225));
  const [ours, encode, decode] = (await alternate(
    3,
    async () => {
      const found = await takeSecondLook(engine, readerOf(picture), embedding, prompt, first!.candidates[0]);
      if (found) engine.release(found.embedding);
    },
    async () => engine.release(await engine.embed(crop)),
    () => engine.predict(embedding, [prompt]),
  )) as [number[], number[], number[]];
  const encodes = (median(ours) - 3 * median(decode)) / median(encode);
  return alone("second-look", ours, `a second look, as much as ${encodes.toFixed(2)} encodes and 3 decodes`);
}

/** Edges of a disc of a tenth of a 24-megapixel picture, mask edge a few cells off the picture's. */
export async function benchEdges(): Promise<BenchRow[]> {
  const { raster, mask } = discPicture();
  const modes = ["natural", "crisp", "hair"] as const;
  const times = await alternate(5, ...modes.map((mode) => () => refineEdges(raster, mask, { mode })));
  const share = ((100 * rleArea(mask)) / (WIDTH * HEIGHT)).toFixed(0);
  return modes.map((mode, i) => {
    const name = mode === "natural" ? "edges-24mp" : `edges-24mp-${mode}`;
    return alone(name, times[i], `${mode} edges of an object of ${share} % of a ${WIDTH}x${HEIGHT} picture`);
  });
}

/** A wavy disc in grainy colours, and the round mask that a coarse model would give. */
function discPicture(): { readonly raster: Raster; readonly mask: Rle } {
  const radius = Math.sqrt((OBJECT_SHARE * WIDTH * HEIGHT) / Math.PI);
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  const bytes = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0, i = 0, grain = 1; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, i++) {
      grain = (Math.imul(grain, 1664525) + 1013904223) >>> 0;
      const noise = grain >>> 27;
      const distance = Math.hypot(x - WIDTH / 2, y - HEIGHT / 2);
      const wave = 20 * Math.sin(60 * Math.atan2(y - HEIGHT / 2, x - WIDTH / 2));
      const inside = distance + wave < radius ? 1 : 0;
      bytes[i] = distance < radius ? 1 : 0;
      data[i * 3] = 40 + 150 * inside + noise;
      data[i * 3 + 1] = 120 - 60 * inside + noise;
      data[i * 3 + 2] = 60 + noise;
    }
  }
  return { raster: { width: WIDTH, height: HEIGHT, channels: 3, data }, mask: encodeRle(bytes, WIDTH, HEIGHT) };
}
