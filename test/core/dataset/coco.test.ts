import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cocoMask, readCoco, recordsFromCoco, recordsToCoco, writeCoco } from "../../../core/dataset/index.js";
import { decodeRle, rleToCoco } from "../../../core/mask/index.js";
import { fixture } from "../../support/bytes.js";
import { records } from "./records.js";

interface File {
  images: Record<string, unknown>[];
  annotations: Record<string, unknown>[];
  categories: Record<string, unknown>[];
}

const { file, masks } = fixture<{ file: File; masks: string[] }>("dataset/instances.json");

describe("COCO instances", () => {
  test("give the masks that pycocotools makes of polygons and of both kinds of run lengths", () => {
    const { images, annotations } = readCoco(JSON.stringify(file));
    expect(annotations.map((annotation) => rleToCoco(cocoMask(annotation, images[0])).counts)).toEqual(masks);
    expect(annotations.map(({ iscrowd }) => iscrowd)).toEqual([false, false, true, false]);
  });

  test("are written back as they were, unknown fields included", () => {
    expect(JSON.parse(writeCoco(readCoco(file)))).toEqual(file);
  });

  test("have holes where the reader asks for them", () => {
    const { images, annotations } = readCoco(file);
    const inside = (rule: "union" | "even-odd") => decodeRle(cocoMask(annotations[0], images[0], rule))[12 * 32 + 14];
    expect([inside("union"), inside("even-odd")]).toEqual([1, 0]);
  });

  test("become records whose masks count as a person's, unless they say otherwise", () => {
    const [record] = recordsFromCoco(readCoco(file));
    expect(record.image).toMatchObject({ fileName: "a b.jpg", width: 32, height: 24, imageId: 9 });
    expect(record.masks.map(({ stage }) => stage)).toEqual(Array(4).fill("assisted-manual"));
    expect(record.masks[2].extra).toMatchObject({ iscrowd: 1, category_id: 3 });
    const [automatic] = recordsFromCoco(readCoco(file), { stage: "automatic" });
    expect(automatic.masks[0].stage).toBe("automatic");
  });

  test("carry records there and back", () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 3 }), (all) => {
        const back = recordsFromCoco(readCoco(writeCoco(recordsToCoco(all))));
        expect(back.length).toBe(all.length);
        for (const [i, { image, masks: found }] of back.entries()) {
          expect(image).toEqual({ ...all[i].image, imageId: i + 1 });
          // Ids are new, and the category is known now; all else is the same.
          const strip = ({ id: _, extra: { category_id: __, ...extra }, ...mask }: (typeof found)[number]) => ({
            ...mask,
            extra,
          });
          expect(found.map(strip)).toEqual(all[i].masks.map(strip));
        }
      }),
    );
  });

  const base = file.annotations[3];
  const wrong: [string, unknown, RegExp][] = [
    ["no JSON", "[", /^COCO file: must be JSON/],
    ["no images", { ...file, images: undefined }, /^COCO file: images: /],
    [
      "an image twice",
      { ...file, images: [...file.images, ...file.images] },
      /images\.1\.id: must be unique, got 9 again/,
    ],
    [
      "an unknown image",
      { ...file, annotations: [{ ...base, image_id: 8 }] },
      /annotations\.0\.image_id: must be an image's id, got 8/,
    ],
    [
      "an unknown category",
      { ...file, annotations: [{ ...base, category_id: 8 }] },
      /annotations\.0\.category_id: must be/,
    ],
    [
      "a strange segmentation",
      { ...file, annotations: [{ ...base, segmentation: "here" }] },
      /segmentation: must be polygons or an RLE/,
    ],
    ["a strange crowd flag", { ...file, annotations: [{ ...base, iscrowd: 2 }] }, /annotations\.0\.iscrowd: /],
  ];
  test.each(wrong)("with %s are refused in one line that names the field", (_, value, message) => {
    expect(() => readCoco(value)).toThrow(message);
  });

  test("with bad masks are refused when the mask is asked for", () => {
    const mask = (segmentation: unknown) => {
      const { images, annotations } = readCoco({ ...file, annotations: [{ ...base, segmentation }] });
      return cocoMask(annotations[0], images[0]);
    };
    expect(() => mask([[1, 2, 3, 4]])).toThrow(
      "COCO file: annotation 14: segmentation: polygon must be x,y of at least three corners",
    );
    expect(() => mask({ size: [1, 2], counts: "02" })).toThrow(
      "segmentation.size: must be [24, 32] as the image, got [1, 2]",
    );
    expect(() => mask({ size: [24, 32], counts: "!" })).toThrow("segmentation.counts: RLE character 0");
    expect([...mask([]).counts]).toEqual([24 * 32]);
  });
});
