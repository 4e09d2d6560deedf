import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inclusiveBox } from "../../../core/auto/boxes.js";
import { generateCrops, isNearCropEdge } from "../../../core/auto/crops.js";
import { buildLayerGrids, buildPointGrid } from "../../../core/auto/grids.js";
import { judgeMask, mostStability } from "../../../core/auto/judge.js";
import { nonMaximumSuppression } from "../../../core/auto/nms.js";
import { resolveAutoOptions } from "../../../core/auto/options.js";
import { segmentationOf } from "../../../core/auto/output.js";
import { drawSketch, sharedBits, sketchAreas, sketchGrid } from "../../../core/auto/sketch.js";
import { stabilityScore } from "../../../core/mask/index.js";
import { discLogits, fillLogits, waveLogits, wholePlacement } from "../../support/logits.js";
import { drawn } from "../../support/masks.js";
import { readExpected } from "../../support/pictures.js";

describe("point grids", () => {
  test("puts points in the middle of equal cells, row by row", () => {
    expect(buildPointGrid(1)).toEqual([[0.5, 0.5]]);
    const grid = buildPointGrid(4);
    expect(grid.slice(0, 5)).toEqual([
      [0.125, 0.125],
      [0.375, 0.125],
      [0.625, 0.125],
      [0.875, 0.125],
      [0.125, 0.375],
    ]);
    expect(grid).toHaveLength(16);
  });

  test("thins out by layer", () => {
    const settings = resolveAutoOptions({ pointsPerSide: 9, cropNLayers: 2, cropNPointsDownscaleFactor: 2 });
    expect(buildLayerGrids(settings).map((grid) => grid.length)).toEqual([81, 16, 4]);
  });
});

describe("crops", () => {
  test("are those of the official generator", () => {
    const { width, height, params, masks } = readExpected<{
      width: number;
      height: number;
      params: { crop_n_layers: number };
      masks: { crop_box: number[] }[];
    }>("chelsea.auto.json");
    const ours = generateCrops(width, height, params.crop_n_layers, 512 / 1500).map(({ x0, y0, x1, y1 }) => [
      x0,
      y0,
      x1 - x0,
      y1 - y0,
    ]);
    for (const { crop_box } of masks) expect(ours).toContainEqual(crop_box);
  });

  test("cover the picture, lie inside it, and are 4^n in layer n", () => {
    const side = fc.integer({ min: 64, max: 3000 });
    fc.assert(
      fc.property(
        side,
        side,
        fc.integer({ min: 0, max: 3 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (w, h, n, r) => {
          const crops = generateCrops(w, h, n, r);
          for (let layer = 0; layer <= n; layer++) {
            const own = crops.filter((crop) => crop.layer === layer);
            expect(own).toHaveLength(4 ** layer);
            expect(Math.max(...own.map((crop) => crop.x1))).toBe(w);
            expect(Math.max(...own.map((crop) => crop.y1))).toBe(h);
            expect(
              own.every((c) => c.x0 >= 0 && c.y0 >= 0 && c.x0 < c.x1 && c.y0 < c.y1 && c.x1 <= w && c.y1 <= h),
            ).toBe(true);
          }
        },
      ),
    );
  });

  test("give no empty crop on a picture of one pixel", () => {
    expect(generateCrops(1, 1, 2, 0.3).every(({ x0, x1, y0, y1 }) => x0 < x1 && y0 < y1)).toBe(true);
  });

  test("cut masks off at their own edges only, within 20 pixels", () => {
    const crop = { x0: 100, y0: 0, x1: 300, y1: 200, layer: 1 };
    const near = (left: number, top: number, right: number, bottom: number) =>
      isNearCropEdge({ left, top, right, bottom }, crop, 400, 200);
    expect(near(150, 50, 250, 150)).toBe(false);
    expect(near(120, 50, 250, 150)).toBe(true);
    expect(near(121, 50, 250, 150)).toBe(false);
    expect(near(150, 50, 280, 150)).toBe(true);
    // upper and lower edge are the picture's own
    expect(near(150, 0, 250, 199)).toBe(false);
  });
});

describe("non-maximum suppression", () => {
  const anyBox = fc
    .tuple(fc.nat(30), fc.nat(30), fc.nat(20), fc.nat(20))
    .map(([left, top, width, height]) => ({ left, top, right: left + width, bottom: top + height }));
  type Box = { left: number; top: number; right: number; bottom: number };
  const overlaps = (a: Box, b: Box, threshold: number) => {
    const width = Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left));
    const height = Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    const area = (box: Box) => (box.right - box.left) * (box.bottom - box.top);
    const both = width * height;
    return both > 0 && both / (area(a) + area(b) - both) > threshold + 1e-6;
  };

  test("keeps exactly the boxes that no better kept box overlaps, best first, the earlier of equals", () => {
    const rows = fc.array(fc.tuple(anyBox, fc.integer({ min: 0, max: 5 })), { maxLength: 40 });
    fc.assert(
      fc.property(rows, fc.constantFrom(0, 0.3, 0.5, 0.73, 1), (boxed, threshold) => {
        const boxes = boxed.map(([box]) => box);
        const scores = boxed.map(([, score]) => score);
        const kept = nonMaximumSuppression(boxes, scores, threshold);
        const rank = (i: number) => [scores[i], -i] as const;
        const better = (a: number, b: number) => rank(a)[0] > rank(b)[0] || (rank(a)[0] === rank(b)[0] && a < b);
        for (const [place, i] of kept.entries()) if (place > 0) expect(better(kept[place - 1], i)).toBe(true);
        for (let i = 0; i < boxes.length; i++) {
          const suppressed = kept.some((k) => k !== i && better(k, i) && overlaps(boxes[k], boxes[i], threshold));
          expect(kept.includes(i)).toBe(!suppressed);
        }
      }),
    );
  });
});

describe("judging a mask", () => {
  const court = (width: number, height: number, crop = { x0: 0, y0: 0, x1: width, y1: height, layer: 0 }) => ({
    placement: wholePlacement(width, height),
    crop,
    settings: { predIouThresh: 0.88, stabilityScoreThresh: 0.95, stabilityScoreOffset: 1 },
    masks: {
      low_res: [256, 256],
      threshold: 0,
      stability_offset: 1,
      single: 0,
      candidates: [1, 2, 3],
      ranking: "predicted_iou",
    } as const,
  });
  type CourtOf = Parameters<typeof judgeMask>[1];
  const judge = (logits: Parameters<typeof judgeMask>[0], of: ReturnType<typeof court>) =>
    judgeMask(logits, of as unknown as CourtOf);

  test("passes a mask that touches all borders of the picture", () => {
    const { stability, passed } = judge(
      fillLogits(256, 256, () => 8),
      court(300, 200),
    );
    expect(stability).toBe(1);
    expect(passed?.box).toEqual({ left: 0, top: 0, right: 299, bottom: 199 });
    expect(segmentationOf(passed!.mask, "uncompressed_rle").counts).toEqual([0, 300 * 200]);
  });

  test("drops the same mask in a crop whose edges are not the picture's", () => {
    const whole = court(300, 200, { x0: 100, y0: 0, x1: 300, y1: 200, layer: 1 });
    const placement = { ...whole.placement, document: { ...whole.placement.document, width: 400 } };
    const inside = { ...whole, placement, crop: { x0: 0, y0: 0, x1: 300, y1: 200, layer: 1 } };
    expect(
      judge(
        fillLogits(256, 256, () => 8),
        inside as typeof whole,
      ).passed,
    ).toBeUndefined();
  });

  test("finds nothing in logits below the threshold, whatever is asked for", () => {
    const all = {
      ...court(300, 200),
      settings: { predIouThresh: 0, stabilityScoreThresh: 0, stabilityScoreOffset: 1 },
    };
    expect(
      judge(
        fillLogits(256, 256, () => -8),
        all,
      ).passed,
    ).toBeUndefined();
  });

  test("never lets the quick look refuse what the full size would pass", () => {
    const waves = fc.array(
      fc.tuple(
        fc.double({ min: -20, max: 20, noNaN: true }),
        fc.integer({ min: -9, max: 9 }),
        fc.integer({ min: -9, max: 9 }),
        fc.double({ min: 0, max: 6.3, noNaN: true }),
      ),
      { minLength: 1, maxLength: 4 },
    );
    const sizes = fc.constantFrom([300, 200], [64, 64], [560, 840], [530, 530], [1500, 1000]);
    fc.assert(
      fc.property(waves, sizes, fc.double({ min: -30, max: 5, noNaN: true }), (terms, [width, height], shift) => {
        const placement = wholePlacement(width!, height!);
        const logits = waveLogits(terms);
        for (let i = 0; i < logits.data.length; i++) logits.data[i] += shift;
        expect(stabilityScore(logits, placement, 0, 1)).toBeLessThanOrEqual(mostStability(logits, placement, 0, 1));
      }),
      { numRuns: 100 },
    );
  });
});

describe("sketches", () => {
  test("count what two masks share", () => {
    const placement = wholePlacement(1000, 1000);
    const grid = sketchGrid(64, 64);
    const sketches = new Uint32Array(2 * grid.words);
    drawSketch(discLogits(placement, 0.1), grid, 4, 1, 0, sketches, 0);
    drawSketch(discLogits(placement, 0.3), grid, 4, 1, 0, sketches, grid.words);
    const [small, large] = sketchAreas(sketches, grid.words) as unknown as [number, number];
    expect(small / 4096).toBeCloseTo(0.1, 2);
    expect(large / 4096).toBeCloseTo(0.3, 2);
    expect(sharedBits(sketches, 0, sketches, grid.words, grid.words)).toBe(small);
  });
});

describe("output modes", () => {
  const mask = drawn(".##", "##.");

  test("are the official ones", () => {
    expect([...segmentationOf(mask, "binary_mask")]).toEqual([0, 1, 1, 1, 1, 0]);
    expect(segmentationOf(mask, "uncompressed_rle")).toEqual({ size: [2, 3], counts: [1, 4, 1] });
    expect(segmentationOf(mask, "coco_rle")).toEqual({ size: [2, 3], counts: "141" });
  });

  test("boxes have inclusive edges", () => {
    expect(inclusiveBox(mask)).toEqual({ left: 0, top: 0, right: 2, bottom: 1 });
    expect(inclusiveBox(drawn("...", "..."))).toEqual({ left: 0, top: 0, right: 0, bottom: 0 });
  });
});
