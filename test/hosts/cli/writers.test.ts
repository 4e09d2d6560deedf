import { type Candidate, encodeRle, rleArea, rleBox, rleFromCoco } from "@masksmith/core";
import Psd from "@webtoon/psd";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { Output } from "../../../hosts/cli/src/io/atomic.js";
import { formatOf } from "../../../hosts/cli/src/io/formats.js";
import { cutoutPngs } from "../../../hosts/cli/src/io/writePng.js";
import type { FoundMask, SegmentResult } from "../../../hosts/cli/src/result.js";
import { pixelsOf } from "./pictures.js";

const WIDTH = 61;
const HEIGHT = 47;

/** A ring with an island in its hole and a lone pixel in the corner: holes, several parts, and the picture's border. */
const ring = bytes((x, y) => {
  const distance = Math.hypot(x - 25, y - 22);
  return (distance > 9 && distance < 19) || distance < 4 || (x === WIDTH - 1 && y === HEIGHT - 1);
});
const slab = bytes((x, y) => x >= 30 && y < 20 && (x + y) % 7 !== 0);

function bytes(inside: (x: number, y: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => (inside(i % WIDTH, Math.floor(i / WIDTH)) ? 1 : 0));
}

function found(mask: Uint8Array, prompt: number, rank = 0): FoundMask {
  const rle = encodeRle(mask, WIDTH, HEIGHT);
  const candidate: Candidate = {
    token: rank,
    predictedIou: 0.9 - rank / 10,
    stabilityScore: 0.95,
    area: rleArea(rle),
    bbox: rleBox(rle),
    mask: rle,
  };
  return { prompt, rank, candidate };
}

function result(masks: readonly FoundMask[], channels: 3 | 4 = 3): SegmentResult {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 31 + (i >> 5)) % 256);
  const raster = { width: WIDTH, height: HEIGHT, channels, data };
  return { picture: { path: "/photos/shell.jpg", name: "shell.jpg", raster }, model: "some-model", masks };
}

async function written(path: string, of: SegmentResult): Promise<Output[]> {
  return formatOf(path).write(of, path);
}

describe("PNG", () => {
  test("holds the mask as 8-bit grey, 0 and 255", async () => {
    const [{ path, bytes: png }] = await written("out/mask.png", result([found(ring, 0)]));
    expect(path).toBe("out/mask.png");
    expect(await sharp(png).metadata()).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 1, depth: "uchar" });
    const { data } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    expect([...data]).toEqual([...ring].map((value) => value * 255));
  });

  test("numbers the files of several masks", async () => {
    const outputs = await written("out.d/mask.png", result([found(ring, 0), found(slab, 1)]));
    expect(outputs.map(({ path }) => path)).toEqual(["out.d/mask-1.png", "out.d/mask-2.png"]);
    const second = await sharp(outputs[1].bytes).toColourspace("b-w").raw().toBuffer();
    expect([...second]).toEqual([...slab].map((value) => value * 255));
  });
});

describe("cut-out", () => {
  test("keeps the colours of the object and nothing of the background", async () => {
    const of = result([found(ring, 0)]);
    const [{ bytes: png }] = await cutoutPngs(of, "cutout.png");
    const { channels, data } = await pixelsOf(png);
    expect(channels).toBe(4);
    for (let i = 0; i < ring.length; i++) {
      const colour = of.picture.raster.data.subarray(i * 3, i * 3 + 3);
      expect([...data.subarray(i * 4, i * 4 + 4)]).toEqual(ring[i] ? [...colour, 255] : [0, 0, 0, 0]);
    }
  });

  test("multiplies the soft mask with the picture's own alpha", async () => {
    const mask = found(ring, 0);
    const soft = { x: 20, y: 10, width: 2, height: 1, data: Uint8Array.of(255, 51) };
    const of = result([{ ...mask, candidate: { ...mask.candidate, soft } }], 4);
    const [{ bytes: png }] = await cutoutPngs(of, "cutout.png");
    const { data } = await pixelsOf(png);
    const at = (10 * WIDTH + 20) * 4;
    const own = of.picture.raster.data;
    expect(data[at + 3]).toBe(own[at + 3]);
    expect(data[at + 7]).toBe(Math.round(own[at + 7] / 5));
    expect(data.filter((value, i) => i % 4 === 3 && value > 0).length).toBe(2);
  });
});

describe("SVG", () => {
  test("draws exactly the mask's pixels, holes left open", async () => {
    const [{ bytes: svg }] = await written("mask.svg", result([found(ring, 0)]));
    const { width, height, data } = await pixelsOf(svg);
    expect([width, height]).toEqual([WIDTH, HEIGHT]);
    const alpha = data.filter((_, i) => i % 4 === 3);
    expect([...alpha]).toEqual([...ring].map((value) => value * 255));
  });

  test("has one path a mask, also for an empty one", async () => {
    const empty = new Uint8Array(WIDTH * HEIGHT);
    const [{ bytes: svg }] = await written("mask.svg", result([found(ring, 0), found(slab, 1), found(empty, 2)]));
    const text = new TextDecoder().decode(svg);
    expect(text.match(/<path id="mask-\d" data-prompt="\d"/g)).toEqual(
      [0, 1, 2].map((i) => `<path id="mask-${i + 1}" data-prompt="${i}"`),
    );
    const { data } = await pixelsOf(svg);
    for (let i = 0; i < ring.length; i++) expect(data[i * 4 + 3] > 0).toBe((ring[i] | slab[i]) === 1);
  });
});

describe("JSON", () => {
  test("is the documented record", async () => {
    const of = result([found(ring, 0), found(slab, 1)]);
    const [{ bytes: json }] = await written("mask.json", of);
    const record = JSON.parse(new TextDecoder().decode(json));
    expect(record).toMatchObject({
      image: { file_name: "shell.jpg", width: WIDTH, height: HEIGHT },
      model: "some-model",
    });
    expect(record.masks.map((mask: { prompt: number }) => mask.prompt)).toEqual([0, 1]);
    expect(Object.keys(record.masks[0])).toEqual([
      "prompt",
      "predicted_iou",
      "stability_score",
      "area",
      "bbox",
      "segmentation",
    ]);
    expect(record.masks[0].area).toBe(ring.filter(Boolean).length);
    expect(record.masks[0].bbox).toEqual([7, 4, WIDTH - 7, HEIGHT - 4]);
    expect(rleFromCoco(record.masks[1].segmentation)).toEqual(of.masks[1].candidate.mask);
  });
});

describe("PSD, read back by another reader", () => {
  async function read(of: SegmentResult) {
    const [{ bytes: psd }] = await written("mask.psd", of);
    return Psd.parse(new Uint8Array(psd).buffer);
  }

  test("has the picture hidden at the bottom and the object above it", async () => {
    const of = result([found(ring, 0)]);
    const psd = await read(of);
    expect([psd.width, psd.height]).toEqual([WIDTH, HEIGHT]);
    // The reader lists layers from the top.
    expect(psd.layers.map(({ name, isHidden }) => [name, isHidden])).toEqual([
      ["shell", false],
      ["Background", true],
    ]);
    for (const layer of psd.layers) {
      expect([layer.left, layer.top, layer.width, layer.height]).toEqual([0, 0, WIDTH, HEIGHT]);
      const rgba = await layer.composite(false, false);
      const rgb = rgba.filter((_, i) => i % 4 < 3);
      expect([...rgb]).toEqual([...of.picture.raster.data]);
    }
  });

  test("has the mask as the layer's mask, tight and black outside", async () => {
    const psd = await read(result([found(slab, 0)]));
    const { maskData } = psd.layers[0];
    const [x, y, width, height] = rleBox(encodeRle(slab, WIDTH, HEIGHT));
    expect(maskData).toMatchObject({ left: x, top: y, right: x + width, bottom: y + height, backgroundColor: 0 });
    // The reader gives grey as RGBA.
    const inside = (await psd.layers[0].userMask())?.filter((_, i) => i % 4 === 0);
    expect(inside?.length).toBe(width * height);
    const whole = new Uint8Array(WIDTH * HEIGHT);
    inside?.forEach((value, i) => {
      whole[(y + Math.floor(i / width)) * WIDTH + x + (i % width)] = value;
    });
    expect([...whole]).toEqual([...slab].map((value) => value * 255));
    expect(await psd.layers[1].userMask()).toBeUndefined();
  });

  test("shows the object on transparency as its flat image", async () => {
    const of = result([found(ring, 0), found(slab, 1)]);
    const psd = await read(of);
    const flat = await psd.composite();
    for (let i = 0; i < ring.length; i++) expect(flat[i * 4 + 3]).toBe(ring[i] || slab[i] ? 255 : 0);
  });

  test("shows the best answer and hides the others", async () => {
    const psd = await read(result([found(ring, 0), found(slab, 0, 1)]));
    expect(psd.layers.map(({ name, isHidden }) => [name, isHidden])).toEqual([
      ["shell, object 1, answer 2", true],
      ["shell, object 1", false],
      ["Background", true],
    ]);
  });

  test("survives an empty mask: the layer shows nothing", async () => {
    const psd = await read(result([found(new Uint8Array(WIDTH * HEIGHT), 0)]));
    expect(psd.layers[0].maskData).toMatchObject({ left: 0, top: 0, right: 0, bottom: 0, backgroundColor: 0 });
  });
});
