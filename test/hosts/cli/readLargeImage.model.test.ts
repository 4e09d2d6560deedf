import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage } from "../../../hosts/cli/src/io/readImage.js";
import { temporaryFolder } from "./cli.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

test("reads more than the 268 million pixels that sharp takes by default", async () => {
  const bytes = await sharp({
    create: { width: 17_000, height: 16_000, channels: 3, background: "#fff" },
    limitInputPixels: false,
  })
    .toColourspace("b-w")
    .tiff({ compression: "ccittfax4", bitdepth: 1 })
    .toBuffer();
  await writeFile(folder.file("large.tif"), bytes);
  const { raster } = await readImage(folder.file("large.tif"));
  expect(raster.data.length).toBe(17_000 * 16_000 * 3);
  expect(raster.data.at(-1)).toBe(255);
});
