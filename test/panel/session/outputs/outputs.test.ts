import {
  cleanUp,
  encodeRle,
  NO_CLEAN_UP,
  type ObjectMask,
  refineEdges,
  rleArea,
  rleBox,
  rleToSoft,
  type SoftMask,
  softToRle,
  structureOf,
} from "@masksmith/core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { allLayers, PictureDocument } from "../../../../hosts/browser/src/document/index.js";
import type { ApplyRequest, FileToSave, Host } from "../../../../panel/host.js";
import { Answering, Predictions } from "../../../../panel/session/answering/index.js";
import { WorkKeeper } from "../../../../panel/session/document/workKeeper.js";
import { applyObjects } from "../../../../panel/session/outputs/applyObjects.js";
import { exportObjects } from "../../../../panel/session/outputs/exportObjects.js";
import { savedMessage } from "../../../../panel/session/outputs/outputMessages.js";
import { Proposer } from "../../../../panel/session/proposals/proposer.js";
import type { Looker, PixelTools } from "../../../../panel/session/refining/refinement.js";
import { Refiner } from "../../../../panel/session/refining/refiner.js";
import { Reporter } from "../../../../panel/session/reporter.js";
import { DEFAULT_SETTINGS } from "../../../../panel/session/settings.js";
import { Store } from "../../../../panel/state/index.js";
import { documentState, pixelLayer } from "../../../hosts/browser/states.js";
import { embedding, FakePredictor, openDocument } from "../../support.js";

const WIDTH = 300;
const HEIGHT = 220;
/** Pixels over which a disc fades into what lies behind it. */
const EDGE = 8;

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly colour: readonly [number, number, number];
}
const PLATE: Disc = { x: 120, y: 110, radius: 80, colour: [230, 200, 60] };
const CUP: Disc = { x: 120, y: 110, radius: 34, colour: [40, 60, 200] };
const SPOON: Disc = { x: 250, y: 60, radius: 30, colour: [210, 40, 50] };
const DISCS = [PLATE, CUP, SPOON];

const awayFrom = (disc: Disc, i: number) =>
  Math.hypot((i % WIDTH) - disc.x, Math.floor(i / WIDTH) - disc.y) - disc.radius;
const alphaOf = (disc: Disc, i: number) => Math.max(0, Math.min(1, 0.5 - awayFrom(disc, i) / EDGE));

/** The discs over each other on a grey table. */
function picture(): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(WIDTH * HEIGHT * 4).fill(255);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    for (let c = 0; c < 3; c++) {
      let value = 110 + ((i * 7 + c) % 5);
      for (const disc of DISCS) value += alphaOf(disc, i) * (disc.colour[c] - value);
      pixels[i * 4 + c] = value;
    }
  }
  return pixels;
}

/** What automatic generation finds of a disc: a hard mask, its edge a little off. */
function found(disc: Disc, id: number): ObjectMask {
  const bytes = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (awayFrom(disc, i) < 2 ? 1 : 0));
  const mask = encodeRle(bytes, WIDTH, HEIGHT);
  const scores = { predictedIou: 0.97, stabilityScore: 0.97 };
  const cropBox = [0, 0, WIDTH, HEIGHT] as const;
  return { id, mask, area: rleArea(mask), bbox: rleBox(mask), ...scores, point: { x: disc.x, y: disc.y }, cropBox };
}

const tools = {
  edges: async ({ raster, mask, ...options }) => refineEdges(raster, mask, options),
  finish: async (given, settings, canvas) => {
    const soft = cleanUp(given, settings, canvas);
    const mask = softToRle(soft, canvas);
    return { soft, mask, area: rleArea(mask), bbox: rleBox(mask) };
  },
} as Partial<PixelTools & Looker> as PixelTools & Looker;

/** All that lies between "Find all objects" and the document, without the model. */
async function start() {
  const photo = pixelLayer(1, { width: WIDTH, height: HEIGHT, pixels: picture() });
  const open = new PictureDocument("document-1", "table.png", documentState(WIDTH, HEIGHT, [photo]));
  const files: FileToSave[] = [];
  const host = {
    saveFile: async (file) => files.push(file) > 0,
    readPixels: (region, maxSide, signal) => {
      const { x0, y0, x1, y1 } = region!;
      return open.readPixels({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 }, maxSide, signal);
    },
    apply: (request, signal) => open.apply(request, signal),
    readSetting: async () => undefined,
    writeSetting: async () => undefined,
  } as Partial<Host> as Host;
  const work = new WorkKeeper(host);
  work.open(open.description);
  const masks = DISCS.map(found);
  const document = openDocument(
    () => open.description,
    () => embedding("a", WIDTH),
  );
  const proposer = new Proposer({
    work,
    document,
    settings: new Store(DEFAULT_SETTINGS),
    reporter: new Reporter(),
    generate: async () => masks,
    structure: async (all, canvas) => structureOf(all, canvas),
    storage: null,
  });
  await proposer.find(embedding("a", WIDTH), DEFAULT_SETTINGS);
  await expect.poll(() => proposer.rows().some(({ depth }) => depth > 0)).toBe(true);
  const refiner = new Refiner({
    host,
    answering: new Answering(new Predictions(new FakePredictor())),
    tools,
    document,
    settings: () => ({ secondLook: true, edges: "natural", cleanUp: NO_CLEAN_UP }),
    wanted: () => [],
  });
  const source = {
    host,
    document: () => open.description,
    soft: (...asked: Parameters<Refiner["final"]>) => refiner.final(...asked),
  };
  return { open, proposer, source, files };
}

/** Mean difference from a disc's own coverage around its edge, 0..1. */
function edgeError({ x, y, width, height, data }: SoftMask, disc: Disc): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    if (Math.abs(awayFrom(disc, i)) > EDGE / 2) continue;
    const [column, row] = [(i % WIDTH) - x, Math.floor(i / WIDTH) - y];
    const isInside = column >= 0 && row >= 0 && column < width && row < height;
    sum += Math.abs((isInside ? data[row * width + column] / 255 : 0) - alphaOf(disc, i));
    count++;
  }
  return sum / count;
}

test("all objects as a group: each layer's mask has the picture's soft edge, though the objects were found with hard ones", async () => {
  const { open, proposer, source } = await start();
  const objects = proposer.keptAsObjects();
  await applyObjects(source, objects, { kind: "group" }, new AbortController().signal);
  const masked = [...allLayers(open.state.layers)].flatMap(({ mask }) => (mask ? [mask] : []));
  expect(masked).toHaveLength(DISCS.length);
  for (const [i, disc] of DISCS.entries()) {
    const errors = masked.map((mask) => edgeError(mask, disc));
    const hard = edgeError(rleToSoft(found(disc, i).mask), disc);
    expect(hard).toBeGreaterThan(0.25);
    expect(Math.min(...errors)).toBeLessThan(0.4 * hard);
  }
});

test("a cut-out of all objects has every one of them, cut to the bounds of all, and the words say so", async () => {
  const { proposer, source, files } = await start();
  const objects = proposer.keptAsObjects();
  const { signal } = new AbortController();
  expect(await exportObjects(source, objects, "cut-out", signal)).toBe(true);
  expect(files.map(({ suggestedName }) => suggestedName)).toEqual(["table-cut-out.png"]);
  const { data, info } = await sharp(files[0].bytes).raw().toBuffer({ resolveWithObject: true });

  const whole = new Uint8Array(WIDTH * HEIGHT);
  for (const object of objects) {
    const { soft } = await source.soft(object, signal);
    for (const [i, value] of soft!.data.entries()) {
      const at = (soft!.y + Math.floor(i / soft!.width)) * WIDTH + soft!.x + (i % soft!.width);
      whole[at] = Math.max(whole[at], value);
    }
  }
  const covered = [...whole.keys()].filter((i) => whole[i] > 0);
  const left = Math.min(...covered.map((i) => i % WIDTH));
  const top = Math.floor(covered[0] / WIDTH);
  const photo = picture();
  let wrong = 0;
  for (let i = 0; i < info.width * info.height; i++) {
    const at = (top + Math.floor(i / info.width)) * WIDTH + left + (i % info.width);
    if (data[4 * i + 3] !== whole[at]) wrong++;
    else if (whole[at] > 0) for (let c = 0; c < 3; c++) if (data[4 * i + c] !== photo[4 * at + c]) wrong++;
  }
  expect(wrong).toBe(0);
  const inside = covered.filter((i) => i % WIDTH < left + info.width && Math.floor(i / WIDTH) < top + info.height);
  expect(inside).toHaveLength(covered.length);
  expect(savedMessage("cut-out", objects)).toBe("Cutout of 3 objects saved.");
  expect(savedMessage("cut-out", objects.slice(0, 1))).toBe(`Cutout of ${objects[0].name} saved.`);
});

test("as PSD, all objects go to the host as a group, nested as they lie; a host without it refuses in words", async () => {
  const { proposer, source, files } = await start();
  const objects = proposer.keptAsObjects();
  const { signal } = new AbortController();
  await expect(exportObjects(source, objects, "psd", signal)).rejects.toMatchObject({ kind: "state" });
  const asked: ApplyRequest[] = [];
  const psd = async (request: ApplyRequest) => {
    asked.push(request);
    return { suggestedName: "table", type: "image/vnd.adobe.photoshop", bytes: Uint8Array.of(1) };
  };
  await exportObjects({ ...source, host: { ...source.host, psd } }, objects, "psd", signal);
  expect(files).toHaveLength(1);
  expect(asked.map(({ output }) => output.kind)).toEqual(["group"]);
  expect(asked[0].items.filter(({ parent }) => parent !== null)).toHaveLength(1);
});
