import {
  type box,
  type Candidate,
  encodeRle,
  NO_CLEAN_UP,
  type Raster,
  refineEdges,
  rleArea,
  rleBox,
  rleToSoft,
  type SoftMask,
} from "@masksmith/core";
import { expect, test } from "vitest";
import type { HostDocument } from "../../../../panel/host.js";
import type { AnsweredObject } from "../../../../panel/session/answering/index.js";
import { type Looker, type PixelTools, refined } from "../../../../panel/session/refining/refinement.js";

/** A document with a disc of half its height or more, soft over a few pixels, and the round mask a coarse model gives. */
function discDocument(width: number, height: number, radius: number) {
  const alphaAt = (x: number, y: number) =>
    Math.max(0, Math.min(1, (radius - Math.hypot(x - width / 2, y - height / 2)) / 12 + 0.5));
  const bytes = new Uint8Array(width * height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) bytes[i] = Math.hypot(x - width / 2, y - height / 2) < radius + 8 ? 1 : 0;
  const mask = encodeRle(bytes, width, height);
  const candidate: Candidate = {
    token: 0,
    predictedIou: 0.9,
    stabilityScore: 0.9,
    area: rleArea(mask),
    bbox: rleBox(mask),
    mask,
  };
  const document = { id: "d", name: "d.png", width, height, version: "1", activeLayer: null, refused: {} };
  return { alphaAt, candidate, document: document satisfies HostDocument };
}

async function refine({ alphaAt, candidate, document }: ReturnType<typeof discDocument>) {
  const read: number[] = [];
  const tools = {
    edges: async ({ raster, mask, ...options }) => refineEdges(raster, mask, options),
  } as Partial<PixelTools & Looker> as PixelTools & Looker;
  const answered = { key: "a", candidate, asked: null } as Partial<AnsweredObject> as AnsweredObject;
  const source = {
    document,
    current: true,
    readPixels: async (region: ReturnType<typeof box<"document">>, maxSide: number) => {
      const [width, height] = [region.x1 - region.x0, region.y1 - region.y0];
      expect(Math.max(width, height)).toBe(maxSide);
      read.push(width * height);
      const data = new Uint8Array(width * height * 3);
      for (let y = 0, o = 0; y < height; y++)
        for (let x = 0; x < width; x++, o += 3) {
          const alpha = alphaAt(region.x0 + x, region.y0 + y);
          data[o] = 60 + 160 * alpha + ((x * 7 + y * 13) % 9);
          data[o + 1] = 200 - 120 * alpha + ((x * 5 + y * 3) % 7);
        }
      const raster: Raster = { width, height, channels: 3, data };
      return { raster, region, version: "1" };
    },
    soft: async () => candidate,
  };
  const settings = { secondLook: false, edges: "natural", cleanUp: NO_CLEAN_UP } as const;
  return { read, result: await refined(answered, settings, source, tools, new AbortController().signal) };
}

/** Mean error of the coverage along rays through the rim, 0..1. */
function rimError(soft: SoftMask, { alphaAt, document }: ReturnType<typeof discDocument>, radius: number): number {
  let [sum, count] = [0, 0];
  for (let angle = 0; angle < 2 * Math.PI; angle += 0.01) {
    for (let away = -10; away <= 10; away += 2) {
      const x = Math.round(document.width / 2 + (radius + away) * Math.cos(angle));
      const y = Math.round(document.height / 2 + (radius + away) * Math.sin(angle));
      const at = (y - soft.y) * soft.width + x - soft.x;
      const isInside = x >= soft.x && x < soft.x + soft.width && y >= soft.y && y < soft.y + soft.height;
      sum += Math.abs((isInside ? soft.data[at] / 255 : 0) - alphaAt(x, y));
      count++;
    }
  }
  return sum / count;
}

test("an object too large to be looked at at once gets its edges in parts, and they are the picture's", async () => {
  const disc = discDocument(4600, 4000, 1850);
  const { read, result } = await refine(disc);
  expect(disc.candidate.bbox[2] * disc.candidate.bbox[3]).toBeGreaterThan(12e6);
  expect(read.length).toBeGreaterThan(3);
  expect(Math.max(...read)).toBeLessThan(6e6);
  expect(result.tooLarge).toBeUndefined();
  const error = rimError(result.soft!, disc, 1850);
  expect(error).toBeLessThan(0.03);
  const unrefined = rimError(rleToSoft(disc.candidate.mask), disc, 1850);
  expect(unrefined).toBeGreaterThan(0.2);
  // Twelve megapixels of edges: more than the ten seconds of a unit test on a busy machine.
}, 60_000);

test("an object that is larger still keeps the model's edges, and that is known", async () => {
  const { candidate, document, ...disc } = discDocument(300, 200, 80);
  const large = { ...disc, document: { ...document, width: 9000, height: 8000 } };
  const { read, result } = await refine({ ...large, candidate: { ...candidate, bbox: [0, 0, 9000, 8000] } });
  expect(read).toEqual([]);
  expect(result).toMatchObject({ soft: null, tooLarge: true });
});
