import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MasksmithError } from "../../../core/errors.js";
import { box, size } from "../../../core/frames.js";
import { rleToLogits } from "../../../core/mask/fromMask.js";
import { emptyRle, rleArea } from "../../../core/mask/rle.js";
import { rleInvert, rleIou } from "../../../core/mask/setOperations.js";
import { logitsToRle } from "../../../core/mask/upscale.js";
import type { Placement } from "../../../core/types.js";
import { discLogits, wholePlacement } from "../../support/logits.js";
import { anyBits, rleOf } from "../../support/masks.js";

const grid = { width: 256, height: 256 };

describe("rleToLogits", () => {
  test.each([
    [1024, 683],
    [400, 600],
    [3000, 2000],
  ])("keeps the shape of a mask: %ix%i and back", (width, height) => {
    const placement = wholePlacement(width, height);
    const mask = logitsToRle(discLogits(placement, 0.2), placement, 0);
    expect(rleIou(logitsToRle(rleToLogits(mask, placement, grid), placement, 0), mask)).toBeGreaterThan(0.985);
  });

  test("gives each cell the share of it that the mask covers, for any mask and grid", () => {
    const cells = fc.integer({ min: 1, max: 9 });
    fc.assert(
      fc.property(anyBits, cells, cells, (bits, width, height) => {
        const placement = wholePlacement(bits.width, bits.height, 18);
        const { data } = rleToLogits(rleOf(bits), placement, { width, height }, 1);
        const { content } = placement;
        let area = 0;
        for (let i = 0; i < data.length; i++) {
          const [x, y] = [(i % width) * (18 / width), Math.floor(i / width) * (18 / height)];
          const w = Math.max(0, Math.min(content.width, x + 18 / width) - x);
          const h = Math.max(0, Math.min(content.height, y + 18 / height) - y);
          if (w * h < 1e-9) expect(data[i]).toBe(-1);
          else area += ((data[i] + 1) / 2) * w * h;
        }
        const scale = (content.width * content.height) / (bits.width * bits.height);
        expect(area).toBeCloseTo(rleArea(rleOf(bits)) * scale, 3);
      }),
    );
  });

  test("is sure of its amplitude inside, outside and in the padding", () => {
    const placement = wholePlacement(100, 50);
    const none = rleToLogits(emptyRle(100, 50), placement, grid, 7);
    const all = rleToLogits(rleInvert(emptyRle(100, 50)), placement, grid, 7);
    expect(none.data.every((value) => value === -7)).toBe(true);
    expect(all.data.filter((value) => value === 7).length).toBe(256 * 128);
    expect(all.data.filter((value) => value === -7).length).toBe(256 * 128);
  });

  test("reads only the region that was embedded", () => {
    const whole = wholePlacement(80, 60);
    const moved: Placement = {
      ...whole,
      document: size("document", 200, 200),
      region: box("document", 100, 90, 180, 150),
    };
    const mask = logitsToRle(discLogits(whole, 0.2), whole, 0);
    const inDocument = logitsToRle(discLogits(whole, 0.2), moved, 0);
    expect(rleToLogits(inDocument, moved, grid)).toEqual(rleToLogits(mask, whole, grid));
  });

  test("refuses a mask of another document", () => {
    expect(() => rleToLogits(emptyRle(10, 10), wholePlacement(10, 11), grid)).toThrow(MasksmithError);
  });
});
