import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { box, size } from "../../../core/frames.js";
import { rleFromCoco } from "../../../core/mask/coco.js";
import { decodeRle, encodeRle, rleArea, rleBox } from "../../../core/mask/rle.js";
import { rleIou } from "../../../core/mask/setOperations.js";
import { countAbove, logitsToRle, stabilityScore } from "../../../core/mask/upscale.js";
import type { LowResLogits, Placement, Rle } from "../../../core/types.js";
import { fixture, noise } from "../../support/bytes.js";
import { discLogits, fillLogits, type Wave, waveLogits, wholePlacement } from "../../support/logits.js";

interface TorchCase {
  readonly width: number;
  readonly height: number;
  readonly content: readonly [number, number];
  readonly low_res: number;
  readonly terms: readonly Wave[];
  readonly threshold: number;
  readonly area: number;
  readonly counts: string;
  readonly stability: number;
}

interface Grid {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Bilinear, half-pixel centres, no antialias, in single precision: a picture at a time, as the definition says. */
function interpolate(from: Grid, width: number, height: number): Grid {
  const data = new Float32Array(width * height);
  const tap = (i: number, inputs: number, outputs: number) => {
    const at = Math.max(0, (i + 0.5) * (inputs / outputs) - 0.5);
    const low = Math.min(inputs - 1, Math.floor(at));
    return { low, high: Math.min(inputs - 1, low + 1), share: at - low };
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const v = tap(y, from.height, height);
      const h = tap(x, from.width, width);
      const at = (row: number, column: number) => from.data[row * from.width + column];
      const upper = at(v.low, h.low) * (1 - h.share) + at(v.low, h.high) * h.share;
      const lower = at(v.high, h.low) * (1 - h.share) + at(v.high, h.high) * h.share;
      data[y * width + x] = upper * (1 - v.share) + lower * v.share;
    }
  }
  return { width, height, data };
}

/** The official order with a picture of floats at each step. */
function slowLogits(logits: LowResLogits, placement: Placement): Grid {
  const { content, region, input } = placement;
  const full = interpolate(logits, input, input);
  const data = new Float32Array(content.width * content.height);
  for (let y = 0; y < content.height; y++)
    data.set(full.data.subarray(y * input, y * input + content.width), y * content.width);
  return interpolate(
    { width: content.width, height: content.height, data },
    region.x1 - region.x0,
    region.y1 - region.y0,
  );
}

function slowMask(logits: LowResLogits, placement: Placement, threshold: number): Rle {
  const { document, region } = placement;
  const grid = slowLogits(logits, placement);
  const bytes = new Uint8Array(document.width * document.height);
  grid.data.forEach((value, i) => {
    const x = region.x0 + (i % grid.width);
    const y = region.y0 + Math.floor(i / grid.width);
    bytes[y * document.width + x] = value > threshold ? 1 : 0;
  });
  return encodeRle(bytes, document.width, document.height);
}

const torchCases = fixture<TorchCase[]>("masks/upscale.json");

describe("logitsToRle against PyTorch's interpolate", () => {
  test.each(torchCases)("$width x $height, area $area", (expected) => {
    const { width, height } = expected;
    const placement = wholePlacement(width, height);
    expect([placement.content.width, placement.content.height]).toEqual(expected.content);
    const logits = waveLogits(expected.terms, expected.low_res);
    const mask = logitsToRle(logits, placement, expected.threshold);
    const official = rleFromCoco({ size: [height, width], counts: expected.counts });
    if (expected.area === 0) expect(rleArea(mask)).toBe(0);
    else expect(rleIou(mask, official)).toBeGreaterThanOrEqual(0.99999);
    expect(countAbove(logits, placement, [expected.threshold])).toEqual([rleArea(mask)]);
    expect(stabilityScore(logits, placement, expected.threshold, 1)).toBeCloseTo(expected.stability, 5);
  });
});

/** Any small placement: document, a region of it, a content that fits the input. */
const placements = fc
  .record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 70 }),
    left: fc.double({ min: 0, max: 0.9, noNaN: true }),
    top: fc.double({ min: 0, max: 0.9, noNaN: true }),
    content: fc.tuple(fc.integer({ min: 1, max: 32 }), fc.integer({ min: 1, max: 32 })),
  })
  .map(
    ({ width, height, left, top, content }): Placement => ({
      document: size("document", width, height),
      region: box("document", Math.floor(left * width), Math.floor(top * height), width, height),
      image: size("image", 5, 5),
      content: size("model", content[0], content[1]),
      input: 32,
    }),
  );

describe("logitsToRle", () => {
  test("equals the plain two-step interpolation, pixel for pixel, for any logits and placement", () => {
    const low = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.nat());
    fc.assert(
      fc.property(placements, low, fc.integer({ min: 40, max: 254 }), (placement, [width, height, seed], level) => {
        const bytes = noise(width * height, seed);
        const logits = fillLogits(width, height, (x, y) => bytes[y * width + x] + (x % 3) * 0.37 + 0.011 * y);
        const threshold = level + 0.31;
        const mask = logitsToRle(logits, placement, threshold);
        const slow = slowLogits(logits, placement);
        const { document, region } = placement;
        const inside = decodeRle(mask, [region.x0, region.y0, slow.width, slow.height]);
        const wrong = slow.data.filter(
          (value, i) => Math.abs(value - threshold) > 1e-4 && value > threshold !== (inside[i] === 1),
        );
        expect(wrong.length).toBe(0);
        expect(rleArea(mask)).toBe(inside.reduce((a, b) => a + b, 0));
        expect(mask.counts.reduce((a, b) => a + b, 0)).toBe(document.width * document.height);
      }),
      { numRuns: 300 },
    );
  });

  test("equals the plain interpolation at the size of a photograph", () => {
    const placement = wholePlacement(451, 300);
    const logits = waveLogits([
      [5, 3.3, -2.2, 1],
      [3, 7.1, 4.4, 0.3],
    ]);
    expect(rleIou(logitsToRle(logits, placement, 0), slowMask(logits, placement, 0))).toBeGreaterThanOrEqual(0.99999);
  });

  test("writes into the region only, scaled to it", () => {
    const whole = wholePlacement(300, 200);
    const inDocument: Placement = {
      ...whole,
      document: size("document", 1000, 900),
      region: box("document", 650, 680, 950, 880),
    };
    const logits = discLogits(whole, 0.2);
    const [x, y, width, height] = rleBox(logitsToRle(logits, whole, 0));
    expect(rleBox(logitsToRle(logits, inDocument, 0))).toEqual([x + 650, y + 680, width, height]);
  });

  test("covers the document where all logits are over the threshold, nothing where none is", () => {
    const placement = wholePlacement(123, 45);
    expect([
      ...logitsToRle(
        fillLogits(8, 8, () => 0.5),
        placement,
        0,
      ).counts,
    ]).toEqual([0, 123 * 45]);
    expect([
      ...logitsToRle(
        fillLogits(8, 8, () => 0),
        placement,
        0,
      ).counts,
    ]).toEqual([123 * 45]);
    expect([
      ...logitsToRle(
        fillLogits(8, 8, () => Number.NaN),
        placement,
        0,
      ).counts,
    ]).toEqual([123 * 45]);
  });

  test("refuses logits of another length and documents too large for run lengths", () => {
    const placement = wholePlacement(10, 10);
    expect(() => logitsToRle({ width: 4, height: 4, data: new Float32Array(15) }, placement, 0)).toThrow(
      MasksmithError,
    );
    const huge = { ...placement, document: size("document", 100_000, 100_000) };
    expect(() =>
      logitsToRle(
        fillLogits(4, 4, () => 1),
        huge,
        0,
      ),
    ).toThrow(/2147483647 pixels/);
  });
});

describe("stabilityScore", () => {
  test("is the IoU of the two cuts at document size, where that is no finer than the model's content", () => {
    const placement = wholePlacement(640, 427);
    const logits = waveLogits([
      [9, 1.3, 0.7, 0],
      [4, -2.1, 3.3, 1],
    ]);
    const expected = rleIou(slowMask(logits, placement, 1), slowMask(logits, placement, -1));
    expect(stabilityScore(logits, placement, 0, 1)).toBeCloseTo(expected, 6);
  });

  test("is 0 for a mask that is nowhere, 1 for one without doubt", () => {
    const placement = wholePlacement(640, 427);
    expect(
      stabilityScore(
        fillLogits(256, 256, () => -9),
        placement,
        0,
        1,
      ),
    ).toBe(0);
    expect(
      stabilityScore(
        fillLogits(256, 256, () => 9),
        placement,
        0,
        1,
      ),
    ).toBe(1);
  });
});
