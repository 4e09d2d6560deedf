import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { box, size } from "../../../core/frames.js";
import { connectedComponents, rawMask, rleArea, rleInvert, softToRle, tidyMask } from "../../../core/mask/index.js";
import type { LowResLogits, Placement, Point } from "../../../core/types.js";

const CELLS = 16;

/** A picture of `side` pixels a side that fills the model's square, each cell of the logits `side / 16` of them. */
function placement(side: number): Placement {
  return {
    document: size("document", side, side),
    region: box("document", 0, 0, side, side),
    image: size("image", side, side),
    content: size("model", 64, 64),
    input: 64,
  };
}

function logitsOf(value: (x: number, y: number) => number): LowResLogits {
  const data = Float32Array.from({ length: CELLS * CELLS }, (_, i) => value(i % CELLS, Math.floor(i / CELLS)));
  return { width: CELLS, height: CELLS, data };
}

/** A square, and a crumb that hangs on it by a bridge thinner than a pixel. */
const hanging = logitsOf((x, y) => {
  if (x < 6 && y < 6) return 8;
  if (x === 9 && y === 3) return 3;
  return y === 3 && x < 9 && x > 5 ? 0.02 : -8;
});

describe("tidyMask", () => {
  test("drops a crumb that upscaling tears off, in the mask and in its soft edge", () => {
    const at = placement(40);
    expect(connectedComponents(rawMask(hanging, at, { threshold: 0 }).mask)).toHaveLength(2);
    const { mask, soft } = tidyMask(hanging, at, [], { threshold: 0, soft: true });
    expect(connectedComponents(mask)).toHaveLength(1);
    expect(softToRle(soft!, at.document)).toEqual(mask);
    const beyond = soft!.data.filter((value, i) => value > 0 && (i % soft!.width) + soft!.x > 20);
    expect(beyond).toHaveLength(0);
  });

  test("keeps the crumb that the click is on", () => {
    const click = { x: 38, y: 14 } as Point<"model">;
    const { mask } = tidyMask(hanging, placement(40), [click], { threshold: 0 });
    expect(connectedComponents(mask)).toHaveLength(2);
  });

  test("leaves no island and no hole of a few pixels, and mask and soft edge agree", () => {
    const grid = fc.array(fc.double({ min: -6, max: 6, noNaN: true }), {
      minLength: CELLS * CELLS,
      maxLength: CELLS * CELLS,
    });
    fc.assert(
      fc.property(grid, fc.integer({ min: 20, max: 90 }), (values, side) => {
        const at = placement(side);
        const logits = { width: CELLS, height: CELLS, data: Float32Array.from(values) };
        const { mask, soft } = tidyMask(logits, at, [], { threshold: 0, soft: true });
        const least = 4 * (side / CELLS) ** 2;
        expect(
          connectedComponents(mask, 8)
            .slice(1)
            .every((part) => rleArea(part) >= least),
        ).toBe(true);
        expect(connectedComponents(rleInvert(mask), 8).every((part) => rleArea(part) >= least)).toBe(true);
        expect(softToRle(soft!, at.document)).toEqual(mask);
      }),
      { numRuns: 40 },
    );
  });
});
