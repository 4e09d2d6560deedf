import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { box, size } from "../../../core/frames.js";
import { decodeRle, encodeRle, rleArea } from "../../../core/mask/rle.js";
import { logitsToSoft, rleToSoft, softToRle } from "../../../core/mask/soft.js";
import { logitsToRle } from "../../../core/mask/upscale.js";
import type { Placement, SoftMask } from "../../../core/types.js";
import { discLogits, fillLogits, waveLogits, wholePlacement } from "../../support/logits.js";
import { drawn } from "../../support/masks.js";

/** The binary mask that a soft one stands for. */
function cut({ x, y, width, height, data }: SoftMask, placement: Placement): Uint8Array {
  const out = new Uint8Array(placement.document.width * placement.document.height);
  for (let i = 0; i < width * height; i++) {
    if (data[i] >= 128) out[(y + Math.floor(i / width)) * placement.document.width + x + (i % width)] = 1;
  }
  return out;
}

describe("logitsToSoft", () => {
  test("is 128 or more exactly where the binary mask is", () => {
    const sides = fc.integer({ min: 1, max: 160 });
    const wave = fc.tuple(
      fc.double({ min: 1, max: 9, noNaN: true }),
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.double({ min: -9, max: 9, noNaN: true }),
      fc.double({ min: 0, max: 6, noNaN: true }),
    );
    fc.assert(
      fc.property(sides, sides, fc.array(wave, { minLength: 1, maxLength: 3 }), (width, height, waves) => {
        const placement = wholePlacement(width, height, 64);
        const logits = waveLogits(waves, 16);
        const mask = logitsToRle(logits, placement, 0.5);
        const binary = cut(logitsToSoft(logits, placement, 0.5), placement);
        expect(Buffer.compare(binary, decodeRle(mask))).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ["enlarged", 2000, 1400],
    ["reduced", 300, 210],
  ])("gives a disc's pixels the share of them that the disc covers, %s", (_, width, height) => {
    const placement = wholePlacement(width, height);
    const soft = logitsToSoft(discLogits(placement, 0.15), placement, 0);
    const radius = Math.sqrt((0.15 * width * height) / Math.PI);
    let worst = 0;
    let sum = 0;
    for (let i = 0; i < soft.data.length; i++) {
      const dx = soft.x + (i % soft.width) + 0.5 - width / 2;
      const dy = soft.y + Math.floor(i / soft.width) + 0.5 - height / 2;
      const expected = Math.max(0, Math.min(1, 0.5 + radius - Math.hypot(dx, dy)));
      worst = Math.max(worst, Math.abs(soft.data[i] / 255 - expected));
      sum += soft.data[i] / 255;
    }
    expect(sum / (0.15 * width * height)).toBeCloseTo(1, 2);
    // The low-res grid bends the circle by up to a tenth of its cell.
    expect(worst).toBeLessThan(Math.max(0.25, (0.1 * width) / 256));
  });

  test("a wider edge softens more pixels", () => {
    const placement = wholePlacement(1200, 800);
    const logits = discLogits(placement, 0.1);
    const grey = (width: number) =>
      logitsToSoft(logits, placement, 0, width).data.filter((value) => value > 0 && value < 255).length;
    expect(grey(6) / grey(1)).toBeGreaterThan(4);
    expect(grey(6) / grey(1)).toBeLessThan(9);
  });

  test("lies at the mask's place in the document", () => {
    const whole = wholePlacement(300, 200);
    const moved: Placement = {
      ...whole,
      document: size("document", 999, 888),
      region: box("document", 400, 500, 700, 700),
    };
    const here = logitsToSoft(discLogits(whole, 0.1), whole, 0);
    const there = logitsToSoft(discLogits(whole, 0.1), moved, 0);
    expect(there).toEqual({ ...here, x: here.x + 400, y: here.y + 500 });
  });

  test("is empty for an empty mask, full for a full one", () => {
    const placement = wholePlacement(30, 20);
    expect(
      logitsToSoft(
        fillLogits(8, 8, () => -1),
        placement,
        0,
      ).data.length,
    ).toBe(0);
    const full = logitsToSoft(
      fillLogits(8, 8, () => 1),
      placement,
      0,
    );
    expect([full.x, full.y, full.width, full.height]).toEqual([0, 0, 30, 20]);
    expect(full.data.every((value) => value === 255)).toBe(true);
  });

  test("refuses an edge without width", () => {
    expect(() =>
      logitsToSoft(
        fillLogits(2, 2, () => 1),
        wholePlacement(3, 3),
        0,
        0,
      ),
    ).toThrow(MasksmithError);
  });
});

describe("rleToSoft", () => {
  test("is 255 inside and 0 outside, in the mask's bounds", () => {
    const mask = drawn(".....", "..#..", ".##..", ".....");
    const soft = rleToSoft(mask);
    expect([soft.x, soft.y, soft.width, soft.height]).toEqual([1, 1, 2, 2]);
    expect([...soft.data]).toEqual([0, 255, 255, 255]);
    expect(rleArea(mask)).toBe(3);
  });
});

test("softToRle keeps the pixels with half coverage or more, wherever the mask lies, cut to the document", () => {
  const side = fc.integer({ min: 1, max: 9 });
  const place = fc.integer({ min: -6, max: 12 });
  fc.assert(
    fc.property(side, side, side, side, place, place, fc.infiniteStream(fc.nat(255)), (w, h, sw, sh, x, y, values) => {
      const data = Uint8Array.from({ length: sw * sh }, () => values.next().value as number);
      const canvas = new Uint8Array(w * h);
      for (let row = 0; row < sh; row++) {
        for (let column = 0; column < sw; column++) {
          const [cx, cy] = [x + column, y + row];
          if (cx < 0 || cy < 0 || cx >= w || cy >= h) continue;
          canvas[cy * w + cx] = data[row * sw + column] >= 128 ? 1 : 0;
        }
      }
      const mask = softToRle({ x, y, width: sw, height: sh, data }, { width: w, height: h });
      expect([...mask.counts]).toEqual([...encodeRle(canvas, w, h).counts]);
    }),
  );
});
