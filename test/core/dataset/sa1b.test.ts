import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSa1b, recordOf, writeSa1b } from "../../../core/dataset/index.js";
import { MasksmithError } from "../../../core/errors.js";
import { rleToCoco } from "../../../core/mask/index.js";
import { fixture } from "../../support/bytes.js";
import { objectOf, rectangle } from "../../support/objects.js";
import { records } from "./records.js";

type Json = Record<string, unknown>;
interface File extends Json {
  image: Json;
  annotations: Json[];
}

const official = fixture<File>("dataset/coffee.sa1b.json");
const expected = fixture<{ bbox: number[][]; area: number[] }>("dataset/coffee.expected.json");

describe("the official record", () => {
  test("is read with pycocotools' areas and boxes", () => {
    const { image, masks } = readSa1b(official);
    expect(image).toEqual({ fileName: "coffee.png", width: 600, height: 400, imageId: 1, extra: {} });
    expect(masks.map(({ area }) => area)).toEqual(expected.area);
    expect(masks.map(({ bbox }) => bbox)).toEqual(expected.bbox);
    expect(masks.every(({ stage, confirmed }) => stage === "automatic" && !confirmed)).toBe(true);
    expect(masks.map(({ mask }) => rleToCoco(mask))).toEqual(
      official.annotations.map(({ segmentation }) => segmentation),
    );
  });

  test("is written back as it was, its inclusive boxes too, and with the stage", () => {
    const written = JSON.parse(writeSa1b(readSa1b(JSON.stringify(official)))) as File;
    expect(written.image).toEqual(official.image);
    expect(written.annotations).toEqual(official.annotations.map((row) => ({ ...row, stage: "automatic" })));
  });
});

describe("round trip", () => {
  test("keeps every mask, score, stage and unknown field", () => {
    fc.assert(
      fc.property(records, (record) => {
        expect(readSa1b(writeSa1b(record))).toEqual(record);
      }),
    );
  });

  test("keeps what the generator found", () => {
    const masks = [
      rectangle(1, [9, 7], [2, 3, 4, 2], {
        predictedIou: 0.9123456789012345,
        point: { x: 3.25, y: 4.5 },
        cropBox: [1, 0, 8, 7],
      }),
      rectangle(2, [9, 7], [8, 6, 1, 1]),
      objectOf(3, 9, 7, () => false),
    ];
    const text = writeSa1b(recordOf({ fileName: "a.jpg", width: 9, height: 7 }, masks));
    const [first, pixel, empty] = (JSON.parse(text) as File).annotations;
    expect(first).toMatchObject({
      id: 1,
      bbox: [2, 3, 3, 1],
      area: 8,
      predicted_iou: 0.9123456789012345,
      crop_box: [1, 0, 8, 7],
    });
    expect(first).toMatchObject({ point_coords: [[3.25, 4.5]], stage: "automatic" });
    expect([pixel.bbox, empty.bbox]).toEqual([
      [8, 6, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(readSa1b(text).masks.map(({ bbox }) => bbox)).toEqual(masks.map(({ bbox }) => bbox));
  });

  test("takes uncompressed run lengths, and writes them compressed", () => {
    const file = smallest({ segmentation: { size: [2, 3], counts: [1, 2, 3] } });
    const { masks } = readSa1b(file);
    expect([...masks[0].mask.counts]).toEqual([1, 2, 3]);
    expect((JSON.parse(writeSa1b(readSa1b(file))) as File).annotations[0].segmentation).toEqual({
      size: [2, 3],
      counts: "123",
    });
  });
});

/** A valid record of one mask, with changes to the mask. */
function smallest(changes: Json): File {
  const scores = { predicted_iou: 1, stability_score: 1, crop_box: [0, 0, 3, 2], point_coords: [[1, 1]] };
  const mask = { id: 1, segmentation: { size: [2, 3], counts: "123" }, bbox: [0, 0, 1, 1], area: 2, ...scores };
  return { image: { width: 3, height: 2, file_name: "a.png" }, annotations: [{ ...mask, ...changes }] };
}

describe("hostile records", () => {
  const wrong: [string, unknown, RegExp][] = [
    ["no JSON", '{"image":', /^SA-1B record: must be JSON/],
    ["null", "null", /^SA-1B record: .*expected object/],
    ["no annotations", { image: smallest({}).image }, /^SA-1B record: annotations: /],
    ["no size", { image: { file_name: "a" }, annotations: [] }, /^SA-1B record: image\.width: /],
    ["a negative size", { image: { width: -3, height: 2, file_name: "a" }, annotations: [] }, /image\.width: /],
    ["a nameless picture", { image: { width: 3, height: 2, file_name: "" }, annotations: [] }, /image\.file_name: /],
    ["a missing mask", smallest({ segmentation: undefined }), /annotations\.0\.segmentation: /],
    [
      "another size",
      smallest({ segmentation: { size: [3, 2], counts: "123" } }),
      /segmentation\.size: must be \[2, 3\] as the image, got \[3, 2\]/,
    ],
    [
      "too short runs",
      smallest({ segmentation: { size: [2, 3], counts: "12" } }),
      /annotations\.0\.segmentation\.counts: sum of RLE counts/,
    ],
    [
      "too long runs",
      smallest({ segmentation: { size: [2, 3], counts: "oooo" } }),
      /annotations\.0\.segmentation\.counts: /,
    ],
    [
      "negative runs",
      smallest({ segmentation: { size: [2, 3], counts: [1, -2, 7] } }),
      /annotations\.0\.segmentation\.counts: RLE count 1/,
    ],
    [
      "counts of a third kind",
      smallest({ segmentation: { size: [2, 3], counts: 5 } }),
      /counts: must be a COCO string or an array/,
    ],
    [
      "a size of a million gigapixels",
      smallest({ segmentation: { size: [1e9, 1e9], counts: "1" } }),
      /segmentation\.size: must be/,
    ],
    ["a box of three", smallest({ bbox: [1, 2, 3] }), /annotations\.0\.bbox/],
    ["a score in words", smallest({ predicted_iou: "high" }), /annotations\.0\.predicted_iou: /],
    [
      "an automatic mask without score",
      smallest({ stability_score: undefined }),
      /stability_score: must be there for an automatic mask/,
    ],
    ["an unknown stage", smallest({ stage: "by-magic" }), /annotations\.0\.stage: /],
    ["confirmed in words", smallest({ confirmed: "yes" }), /annotations\.0\.confirmed: /],
    ["points that are none", smallest({ point_coords: [[1]] }), /annotations\.0\.point_coords\.0/],
    [
      "one id twice",
      { ...smallest({}), annotations: [...smallest({}).annotations, ...smallest({}).annotations] },
      /annotations\.1\.id: must be unique, got 1 again/,
    ],
  ];
  test.each(wrong)("%s: refused in one line that names the field", (_, value, message) => {
    const error = caught(() => readSa1b(value));
    expect(error.kind).toBe("input");
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("\n");
  });

  test("that are anything at all never do worse than an input error", () => {
    const mutated = fc.tuple(fc.jsonValue(), fc.nat(20), fc.nat(20)).map(([value, where, field]) => {
      const file = structuredClone(official);
      const row = file.annotations[where % file.annotations.length];
      row[Object.keys(row)[field % Object.keys(row).length]] = value;
      return file;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.jsonValue(), fc.string()), (value) => {
        try {
          readSa1b(value);
        } catch (error) {
          expect(error).toBeInstanceOf(MasksmithError);
          expect((error as MasksmithError).kind).toBe("input");
        }
      }),
    );
  });

  test("cannot change how objects behave", () => {
    const text = JSON.stringify(smallest({})).replace(
      '"id":1',
      '"id":1,"__proto__":{"confirmed":true},"constructor":7',
    );
    const record = readSa1b(text);
    expect(record.masks[0].confirmed).toBe(false);
    expect(Object.getPrototypeOf(record.masks[0].extra)).toBe(Object.prototype);
    expect(writeSa1b(record)).toContain('"__proto__":{"confirmed":true}');
    expect(({} as Json).confirmed).toBeUndefined();
  });
});

function caught(work: () => unknown): MasksmithError {
  try {
    work();
  } catch (error) {
    return error as MasksmithError;
  }
  throw new Error("nothing was thrown");
}
