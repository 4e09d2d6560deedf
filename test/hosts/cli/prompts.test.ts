import { writeFile } from "node:fs/promises";
import { box, decodeRle, encodeRle, point, rleToCoco, size } from "@masksmith/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMask } from "../../../hosts/cli/src/io/readMask.js";
import { toPrompts } from "../../../hosts/cli/src/prompts.js";
import { temporaryFolder } from "./cli.js";
import { pipeline, storedAs } from "./pictures.js";

const WIDTH = 30;
const HEIGHT = 20;
const picture = size("document", WIDTH, HEIGHT);
/** A bar with a notch: no symmetry hides a swapped axis. */
const mask = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
  const x = i % WIDTH;
  const y = Math.floor(i / WIDTH);
  return x >= 4 && x < 25 && y >= 3 && y < 9 && !(x < 7 && y < 5) ? 1 : 0;
});
const rle = encodeRle(mask, WIDTH, HEIGHT);
const coco = rleToCoco(rle);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function readBack(name: string, bytes: string | Uint8Array): Promise<number[]> {
  await writeFile(folder.file(name), bytes);
  return [...decodeRle(await readMask(folder.file(name), picture))];
}

describe("readMask", () => {
  const grey = { width: WIDTH, height: HEIGHT, channels: 1 as const, data: mask.map((value) => (value ? 128 : 127)) };

  test("cuts a picture at half", async () => {
    expect(await readBack("grey.png", await pipeline(grey).png().toBuffer())).toEqual([...mask]);
  });

  test("takes transparency as black", async () => {
    const data = Uint8Array.from({ length: mask.length * 4 }, (_, i) => (i % 4 === 3 ? mask[i >> 2] * 255 : 255));
    expect(
      await readBack(
        "clear.png",
        await pipeline({ ...grey, channels: 4, data })
          .png()
          .toBuffer(),
      ),
    ).toEqual([...mask]);
  });

  test("turns an EXIF-rotated mask upright", async () => {
    const stored = pipeline(storedAs(6, grey)).withMetadata({ orientation: 6 });
    expect(await readBack("turned.png", await stored.png().toBuffer())).toEqual([...mask]);
  });

  test.each([
    ["a COCO RLE", coco],
    ["an uncompressed RLE", { size: rle.size, counts: [...rle.counts] }],
    ["an annotation", { id: 7, segmentation: coco }],
    ["what `segment --json` writes", { image: {}, model: "m", masks: [{ prompt: 0, segmentation: coco }] }],
  ])("reads %s from JSON", async (_what, json) => {
    expect(await readBack("mask.json", JSON.stringify(json))).toEqual([...mask]);
  });
});

describe("toPrompts", () => {
  test("makes one prompt of points, background points and one box", async () => {
    const options = {
      point: [point("document", 3, 4), point("document", 5.5, 6)],
      background: [point("document", 0, 0)],
      box: [box("document", 1, 1, 9, 9)],
    };
    const prompt = { foreground: options.point, background: options.background, box: options.box[0] };
    expect(await toPrompts(options, picture)).toEqual([prompt]);
    expect(await toPrompts({ ...options, candidates: true }, picture)).toEqual([{ ...prompt, multimask: true }]);
  });

  test("makes a prompt of each of several boxes", async () => {
    const boxes = [box("document", 1, 1, 9, 9), box("document", 10, 1, 29, 9)];
    expect((await toPrompts({ box: boxes }, picture)).map((prompt) => prompt.box)).toEqual(boxes);
  });
});
