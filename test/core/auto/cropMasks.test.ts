import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CropMasks } from "../../../core/auto/cropMasks.js";
import type { FoundMask } from "../../../core/auto/found.js";
import { resolveAutoOptions } from "../../../core/auto/options.js";
import { withoutCropDuplicates } from "../../../core/auto/suppress.js";

const crop = { x0: 0, y0: 0, x1: 60, y1: 60, layer: 0 };
const settings = resolveAutoOptions({ boxNmsThresh: 0.5 });

const anyMasks: fc.Arbitrary<FoundMask[]> = fc
  .array(fc.tuple(fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 4 })), {
    maxLength: 25,
  })
  .map((rows) =>
    rows.map(([left, top, side, score], id) => ({
      id,
      predictedIou: score / 4,
      stabilityScore: 1,
      box: { left, top, right: left + side, bottom: top + side },
      point: { x: left, y: top },
      mask: { size: [60, 60] as const, counts: Uint32Array.of(id, 3600 - id) },
    })),
  );

describe("masks of a crop", () => {
  test("end up as if all had been kept until the end, in whatever order they come", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyMasks,
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 5 }),
        async (masks, keys, size) => {
          const order = masks.map((mask) => ({ mask, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
          const found = new CropMasks(crop, settings);
          for (let i = 0; i < order.length; i += size) found.add(order.slice(i, i + size).map(({ mask }) => mask));
          const final = await found.finish(async (ids) => masks.filter(({ id }) => ids.includes(id)));
          expect(final).toEqual(withoutCropDuplicates(masks, settings).map((mask) => ({ ...mask, crop })));
        },
      ),
    );
  });

  test("gives up the run lengths of duplicates, and gets back those that are wanted after all", async () => {
    const boxes = [
      [0, 10, 0.5],
      [4, 14, 0.6],
      [8, 18, 0.7],
    ] as const;
    const masks = boxes.map(([left, right, predictedIou], id) => ({
      id,
      predictedIou,
      stabilityScore: 1,
      box: { left, top: 0, right, bottom: 10 },
      point: { x: left, y: 0 },
      mask: { size: [60, 60] as const, counts: Uint32Array.of(id, 3600 - id) },
    }));
    const found = new CropMasks(crop, resolveAutoOptions({ boxNmsThresh: 0.3 }));
    found.add([masks[0], masks[1]]);
    expect(found.known().map(({ id }) => id)).toEqual([1]);
    found.add([masks[2]]);
    // the second suppressed the first, the third suppresses the second, and leaves the first alone
    expect(found.known().map(({ id }) => id)).toEqual([2]);
    const asked: number[] = [];
    const final = await found.finish(async (ids) => {
      asked.push(...ids);
      return [masks[0]];
    });
    expect(asked).toEqual([0]);
    expect(final.map(({ id, mask }) => [id, mask])).toEqual([
      [2, masks[2].mask],
      [0, masks[0].mask],
    ]);
  });
});
