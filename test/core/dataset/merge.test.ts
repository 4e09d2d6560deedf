import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  filterMasks,
  isProtected,
  mergeAutomatic,
  type PictureRecord,
  type RecordedMask,
  readSa1b,
  recordOf,
  writeSa1b,
} from "../../../core/dataset/index.js";
import { rleIou } from "../../../core/mask/index.js";
import { rectangle, scenes } from "../../support/objects.js";

const size = [40, 30] as const;
const image = { fileName: "a.jpg", width: 40, height: 30 };

/** A record of one mask that a person made or confirmed, and one that nobody looked at. */
function workedOn(changes: Partial<RecordedMask>): PictureRecord {
  const made = recordOf(image, [rectangle(7, size, [2, 2, 10, 10]), rectangle(8, size, [20, 20, 5, 5])], { note: 1 });
  const [first, second] = made.masks;
  return { ...made, masks: [{ ...first, ...changes, extra: { by: "Ann" } }, second] };
}

describe("an automatic run over a record that people worked on", () => {
  test.each([
    ["confirmed", { confirmed: true }],
    ["drawn by hand", { stage: "assisted-manual" }],
    ["added by hand", { stage: "semi-automatic" }],
  ] as const)("keeps a mask that was %s, with its id and unknown fields", (_, changes) => {
    const old = workedOn(changes);
    const merged = mergeAutomatic(old, recordOf(image, [rectangle(1, size, [30, 1, 6, 6])], { run: 2 }));
    expect(merged.masks[0]).toEqual(old.masks[0]);
    expect(merged.masks.slice(1).map(({ id, bbox }) => ({ id, bbox }))).toEqual([{ id: 8, bbox: [30, 1, 6, 6] }]);
    expect(merged.extra).toEqual({ note: 1, run: 2 });
  });

  test("replaces what nobody looked at", () => {
    const fresh = recordOf(image, [rectangle(1, size, [0, 0, 3, 3])]);
    expect(mergeAutomatic(workedOn({}), fresh).masks).toEqual(fresh.masks);
  });

  test("drops a new mask that nearly duplicates a kept one, and only that", () => {
    const near = rectangle(1, size, [2, 2, 10, 9]);
    const part = rectangle(2, size, [2, 2, 10, 5]);
    const { masks } = mergeAutomatic(workedOn({ confirmed: true }), recordOf(image, [near, part]));
    expect(masks.map(({ bbox }) => bbox)).toEqual([
      [2, 2, 10, 10],
      [2, 2, 10, 5],
    ]);
    const strict = mergeAutomatic(workedOn({ confirmed: true }), recordOf(image, [near]), { duplicateIou: 0.95 });
    expect(strict.masks).toHaveLength(2);
  });

  test("refuses when the picture has another size now and a person's masks would be lost", () => {
    const other = recordOf({ ...image, width: 41 }, []);
    const message =
      "1 masks made or confirmed by hand would be lost: the record's picture had 40x30 pixels, now it has 41x30";
    expect(() => mergeAutomatic(workedOn({ confirmed: true }), other)).toThrow(message);
    expect(mergeAutomatic(workedOn({}), other).image.width).toBe(41);
  });

  test("survives any number of runs, through files, with unique ids", () => {
    const run = fc.tuple(scenes, fc.infiniteStream(fc.boolean()));
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 4 }), (runs) => {
        const canvas = { fileName: "a", width: 24, height: 24 };
        let record: PictureRecord | undefined;
        for (const [{ masks }, confirm] of runs) {
          const fresh = recordOf(
            canvas,
            masks.map(({ id, bbox }) => rectangle(id, [24, 24], [...bbox])),
          );
          const kept: RecordedMask[] = record?.masks.filter(isProtected) ?? [];
          const merged: PictureRecord = record ? mergeAutomatic(record, fresh) : fresh;
          expect(merged.masks.slice(0, kept.length)).toEqual(kept);
          expect(new Set(merged.masks.map(({ id }) => id)).size).toBe(merged.masks.length);
          for (const mask of merged.masks.slice(kept.length)) {
            for (const hand of kept) expect(rleIou(mask.mask, hand.mask)).toBeLessThan(0.85);
          }
          const confirmed = merged.masks.map((mask) => (confirm.next().value ? { ...mask, confirmed: true } : mask));
          record = readSa1b(writeSa1b({ ...merged, masks: confirmed }));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("filter", () => {
  const masks = [
    rectangle(1, size, [0, 0, 40, 30], { predictedIou: 0.99 }),
    rectangle(2, size, [0, 0, 10, 10], { predictedIou: 0.9, stabilityScore: 0.97 }),
    rectangle(3, size, [0, 0, 10, 9], { predictedIou: 0.95, stabilityScore: 0.96 }),
    rectangle(4, size, [20, 20, 3, 3], { predictedIou: 0.88, stabilityScore: 0.95 }),
  ];
  const ids = (filter: Parameters<typeof filterMasks>[1]) => filterMasks(masks, filter).map(({ id }) => id);

  test("goes by confidence, stability and size, bounds included", () => {
    expect(ids({})).toEqual([1, 2, 3, 4]);
    expect(ids({ minPredictedIou: 0.9 })).toEqual([1, 2, 3]);
    expect(ids({ minStabilityScore: 0.96 })).toEqual([1, 2, 3]);
    expect(ids({ minArea: 10 })).toEqual([1, 2, 3]);
    expect(ids({ minArea: 9 })).toEqual([1, 2, 3, 4]);
    expect(ids({ maxAreaShare: 1 })).toEqual([2, 3, 4]);
  });

  test("keeps of near-duplicates the surest", () => {
    expect(ids({ duplicateIou: 0.9 })).toEqual([1, 3, 4]);
    expect(ids({ duplicateIou: 0.91 })).toEqual([1, 2, 3, 4]);
  });

  test("leaves no two masks of that IoU, and drops only such", () => {
    fc.assert(
      fc.property(scenes, fc.double({ min: 0.1, max: 1, noNaN: true }), ({ masks }, duplicateIou) => {
        const kept = filterMasks(masks, { duplicateIou });
        for (const [i, a] of kept.entries()) {
          for (const b of kept.slice(i + 1)) expect(rleIou(a.mask, b.mask)).toBeLessThan(duplicateIou);
        }
        for (const mask of masks) {
          if (!kept.includes(mask))
            expect(kept.some((other) => rleIou(mask.mask, other.mask) >= duplicateIou)).toBe(true);
        }
      }),
    );
  });

  test("names the bound that makes no sense", () => {
    expect(() => filterMasks([], { minPredictedIou: 1.2 })).toThrow("minPredictedIou must be between 0 and 1, got 1.2");
    expect(() => filterMasks([], { minArea: -1 })).toThrow("minArea must be 0 or more, got -1");
    expect(() => filterMasks([], { duplicateIou: Number.NaN })).toThrow(
      "duplicateIou must be between 0 and 1, got NaN",
    );
  });
});
