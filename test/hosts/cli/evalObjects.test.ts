import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeRle, type ObjectMask, type Rle, rleToCoco } from "@masksmith/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { evaluateObjects, readRegions, samplePictures } from "../../../hosts/cli/src/eval/objectsStep.js";

const SIDE = 10;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "objects-"));
  const blank = sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: "white" } });
  await blank.png().toFile(join(folder, "a.png"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The picture's left columns. */
function left(columns: number): Rle {
  return encodeRle(
    Uint8Array.from({ length: SIDE * SIDE }, (_, i) => (i % SIDE < columns ? 1 : 0)),
    SIDE,
    SIDE,
  );
}

const found = (...masks: readonly Rle[]) => masks.map((mask) => ({ mask }) as ObjectMask);

function clicks(rows: unknown): Promise<void> {
  return writeFile(join(folder, "clicks.json"), JSON.stringify(rows));
}

describe("the row objects", () => {
  test("counts each agreed region once, by how well the best mask fits, and pairs that show the same", async () => {
    const row = (mask: Rle) => ({ image: "a.png", segmentation: rleToCoco(mask) });
    await clicks([row(left(5)), row(left(5)), row(left(10))]);
    const pictures = await readRegions(folder);
    const generate = async () => found(left(4), left(3), left(6));
    const result = await evaluateObjects(folder, pictures, generate, () => {});
    // 4 or 6 of 5 columns: 0.8 and 0.83; 6 of 10: 0.6. Of the pairs 3 and 4 columns are 0.75 alike, the others less.
    expect(result).toMatchObject({ pictures: 1, regions: 2, masks: 3, near_copies: 1 });
    expect(result).toMatchObject({ recall_50: 1, recall_70: 0.5, recall_80: 0.5 });
  });

  test("names the row of clicks.json that is wrong", async () => {
    await clicks([{ image: "a.png" }]);
    await expect(readRegions(folder)).rejects.toThrow(/^click 0 segmentation must be a COCO RLE/);
    await clicks([{ segmentation: {} }]);
    await expect(readRegions(folder)).rejects.toThrow(/^click 0 image must be a file name/);
  });

  test("takes the same sample each time, spread over all pictures", () => {
    const pictures = ["d", "a", "c", "b"].map((image) => ({ image, regions: [] }));
    const names = (count: number) => samplePictures(pictures, count).map(({ image }) => image);
    expect(names(2)).toEqual(["b", "d"]);
    expect(names(9)).toEqual(["a", "b", "c", "d"]);
  });
});
