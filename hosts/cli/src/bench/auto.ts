import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type AutoOptions, OBJECTS_GENERATOR, type ObjectMask, objectsShown, rleIou } from "@masksmith/core";
import sharp from "sharp";
import { type ChosenModel, chooseModel } from "../models/index.js";
import { startEngine } from "../runtime.js";
import { decoderWorkers } from "../workers.js";
import { loadPeer, PEER_DECODER } from "./peer.js";
import { drawnPicture } from "./picture.js";
import { alone, type BenchRow, compare, median } from "./row.js";

const run = promisify(execFile);

const POINTS = 1024;
const WORKERS = 2;
const OBJECT_ROUNDS = 3;
const WIDTH = 800;
const HEIGHT = 534;
/** Masks of this share of the picture and more count in the fast mode's recall; found means this IoU or more. */
const COUNTED_AREA = 0.001;
const FOUND_IOU = 0.85;
const PEER = `${POINTS} x the measured decode of ${PEER_DECODER}`;

type RgbPicture = ReturnType<typeof drawnPicture>;

/** A clone's photograph, seen from the built program. */
const PHOTOGRAPH = fileURLToPath(new URL("../../../test/fixtures/coffee.png", import.meta.url));

/**
 * 1,024 points on 800x534, exact and fast, two workers, the encoding included, against 1,024 decodes by the peer, whose
 * decode is measured before, between and after in the same run. Then tables: time against points and against picture size.
 */
export async function benchAuto(model: ChosenModel): Promise<BenchRow[]> {
  const picture = await photograph();
  const decodes = await peerDecodes();
  const exact = await timed(model, picture, {});
  decodes.push(...(await peerDecodes()));
  const fast = await timed(model, picture, { fast: true });
  decodes.push(...(await peerDecodes()));
  const peer_ms = POINTS * median(decodes);
  const size = `${WIDTH}x${HEIGHT}, ${POINTS} points, ${WORKERS} workers, encoding included`;
  const row = (name: string, ours_ms: number, note: string): BenchRow => ({
    name,
    ours_ms,
    peer: PEER,
    peer_ms,
    ratio: peer_ms / ours_ms,
    note,
  });
  return [
    row("auto-exact", exact.ms, `${size}; ${exact.masks.length} masks`),
    row("auto-fast", fast.ms, `${size}; ${recallNote(exact.masks, fast.masks)}`),
  ];
}

/**
 * The preset `objects` against the fast mode's 1,024 points, in turn, the encoding included: what people see as objects has to
 * cost at most half.
 */
export async function benchObjects(model: ChosenModel): Promise<BenchRow[]> {
  const picture = await photograph();
  const ours: number[] = [];
  const peer: number[] = [];
  let shown = 0;
  for (let round = 0; round < OBJECT_ROUNDS; round++) {
    const objects = await timed(model, picture, OBJECTS_GENERATOR);
    shown = objectsShown(objects.masks);
    ours.push(objects.ms);
    peer.push((await timed(model, picture, { fast: true })).ms);
  }
  const note = `${WIDTH}x${HEIGHT}, ${WORKERS} workers, encoding included; ${shown} masks shown`;
  return [compare("objects", ours, `our fast mode with ${POINTS} points`, peer, note)];
}

/** Time against points a side, and against picture size up to 50 megapixels. */
export async function benchAutoScaling(model: ChosenModel): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  const picture = await photograph();
  for (const pointsPerSide of [8, 16, 32]) {
    for (const fast of [false, true]) {
      const { ms, masks } = await timed(model, picture, { pointsPerSide, fast });
      const name = `auto-points-${pointsPerSide ** 2}${fast ? "-fast" : ""}`;
      rows.push(alone(name, [ms], `${WIDTH}x${HEIGHT}; ${masks.length} masks`));
    }
  }
  for (const [width, height] of [
    [800, 534],
    [3000, 2000],
    [6000, 4000],
    [8660, 5773],
  ] as const) {
    const { ms, masks } = await timed(model, await photograph(width, height), { pointsPerSide: 16 });
    rows.push(
      alone(
        `auto-size-${Math.max(1, Math.round((width * height) / 1e6))}mp`,
        [ms],
        `256 points; ${masks.length} masks`,
      ),
    );
  }
  return rows;
}

/** Peak memory of a process that finds 200 masks and more on 6000x4000 with 1,024 points. */
export async function benchAutoMemory(): Promise<BenchRow[]> {
  const { stdout } = await run(process.execPath, [process.argv[1], "bench", "--peak-of", "auto"]);
  const { megabytes, masks } = JSON.parse(stdout) as { megabytes: number; masks: number };
  const note = `peak memory in MB, not ms: 6000x4000, ${POINTS} points, ${masks} masks, ${WORKERS} workers, whole process`;
  return [alone("auto-memory-24mp", [megabytes], note)];
}

/** Does the memory benchmark's work in this process. Loose thresholds give the many masks that the figure is about. */
export async function peakOfAuto(): Promise<string> {
  const picture = await photograph(6000, 4000);
  const auto = { predIouThresh: 0.3, stabilityScoreThresh: 0.3, boxNmsThresh: 0.99 };
  const { masks } = await timed(await chooseModel({}), picture, auto);
  return JSON.stringify({ megabytes: Math.round(process.resourceUsage().maxRSS / 1024), masks: masks.length });
}

async function timed(
  model: ChosenModel,
  picture: RgbPicture,
  auto: AutoOptions,
): Promise<{ readonly ms: number; readonly masks: ObjectMask[] }> {
  const engine = await startEngine({ model: model.source, runtime: model.runtime, workers: decoderWorkers(WORKERS) });
  try {
    const start = performance.now();
    const masks = await engine.generate(picture, { auto });
    return { ms: performance.now() - start, masks };
  } finally {
    await engine.dispose();
  }
}

/** A few decodes of the peer on a picture of the same size, the first one not counted. */
async function peerDecodes(): Promise<number[]> {
  const peer = await loadPeer();
  const embedding = await peer.encode(new Float32Array(3 * 1024 * 1024));
  const times: number[] = [];
  for (let i = -1; i < 7; i++) {
    const start = performance.now();
    await peer.decode(embedding, 300 + 40 * i, 340, WIDTH, HEIGHT);
    if (i >= 0) times.push(performance.now() - start);
  }
  await peer.release();
  return times;
}

function recallNote(exact: readonly ObjectMask[], fast: readonly ObjectMask[]): string {
  const counted = exact.filter(({ area }) => area >= COUNTED_AREA * WIDTH * HEIGHT);
  const found = counted.filter(({ mask }) => fast.some((other) => rleIou(mask, other.mask) >= FOUND_IOU));
  const share = ((100 * found.length) / Math.max(1, counted.length)).toFixed(0);
  return `finds ${found.length} of the exact mode's ${counted.length} masks of 0.1 % and more (${share} %)`;
}

/** The clone's photograph at a size; without a clone the drawn picture. */
async function photograph(width = WIDTH, height = HEIGHT): Promise<RgbPicture> {
  if (!existsSync(PHOTOGRAPH)) return drawnPicture(width, height);
  const data = await sharp(PHOTOGRAPH).removeAlpha().resize(width, height, { fit: "fill" }).raw().toBuffer();
  return { width, height, channels: 3, data };
}
