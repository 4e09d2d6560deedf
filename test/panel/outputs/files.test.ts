import { encodeRle, readCoco, readSa1b, rleIou, rleToSoft } from "@masksmith/core";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import {
  cocoFile,
  cutOutPng,
  encodePng,
  type FileItem,
  maskPng,
  outlinesSvg,
  sa1bFile,
} from "../../../panel/outputs/index.js";

const WIDTH = 37;
const HEIGHT = 150;
const picture = { name: "two words.jpeg", width: WIDTH, height: HEIGHT };

function item(name: string, x0: number, y0: number, x1: number, y1: number): FileItem {
  const bytes = new Uint8Array(WIDTH * HEIGHT);
  for (let y = y0; y < y1; y++) bytes.fill(1, y * WIDTH + x0, y * WIDTH + x1);
  const mask = encodeRle(bytes, WIDTH, HEIGHT);
  const scores = { predictedIou: 0.9, stabilityScore: 0.95 };
  return {
    name,
    colour: "#ff0000",
    mask,
    soft: null,
    ...scores,
    points: [{ x: x0, y: y0 }],
    stage: "assisted-manual",
    seconds: 2.5,
  };
}

const items = [item("A <&> B", 3, 5, 20, 140), item("C", 10, 90, 30, 150)];

describe("files", () => {
  test("a PNG of any bytes is read back the same by another reader", async () => {
    const data = Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, i) => (i * 7919) >> 3);
    const png = await encodePng(WIDTH, HEIGHT, 4, (y, count, into) => {
      into.set(data.subarray(y * WIDTH * 4, (y + count) * WIDTH * 4));
    });
    const read = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(read.info).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 4 });
    expect(Buffer.compare(read.data, Buffer.from(data))).toBe(0);
  });

  test("the mask PNG has the union at document size", async () => {
    const { bytes, suggestedName } = await maskPng(picture, items);
    expect(suggestedName).toBe("two-words-mask.png");
    const { data, info } = await sharp(bytes).extractChannel(0).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([WIDTH, HEIGHT]);
    const union = encodeRle(
      Uint8Array.from(data, (value) => (value > 127 ? 1 : 0)),
      WIDTH,
      HEIGHT,
    );
    expect(rleIou(union, items[0].mask)).toBeGreaterThan(0.5);
    expect(data.filter((value) => value === 255).length).toBe(17 * 135 + 20 * 60 - 10 * 50);
  });

  test("the cut-out keeps the picture's colours where the mask is and nothing else", async () => {
    const soft = { ...rleToSoft(items[0].mask) };
    soft.data[0] = 128;
    const pixels = new Uint8Array(soft.width * soft.height * 4).map((_, i) => [10, 200, 30, 255][i % 4]);
    const raster = { width: soft.width, height: soft.height, channels: 4 as const, data: pixels };
    const { bytes } = await cutOutPng(picture, items.slice(0, 1), soft, raster);
    const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 8)]).toEqual([10, 200, 30, 128, 10, 200, 30, 255]);
  });

  test("records are read back by the core with names' stages and exact masks", () => {
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    const record = readSa1b(text(sa1bFile(picture, items).bytes));
    expect(record.masks.map(({ mask }, i) => rleIou(mask, items[i].mask))).toEqual([1, 1]);
    expect(record.masks[0]).toMatchObject({ stage: "assisted-manual", confirmed: true });
    const coco = readCoco(
      text(
        cocoFile([
          { picture, items },
          { picture: { ...picture, name: "b.png" }, items },
        ]).bytes,
      ),
    );
    expect(coco.images.map((image) => image.fileName ?? (image as { file_name?: string }).file_name)).toHaveLength(2);
    expect(coco.annotations).toHaveLength(4);
  });

  test("names cannot break out of the SVG", () => {
    const svg = new TextDecoder().decode(outlinesSvg(picture, items).bytes);
    expect(svg).toContain("<title>A &lt;&amp;&gt; B</title>");
    expect(svg.match(/<path /g)).toHaveLength(2);
  });
});
