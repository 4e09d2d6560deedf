import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkFits, readImage } from "../../../hosts/cli/src/io/readImage.js";
import { outputNeed } from "../../../hosts/cli/src/outputs.js";
import { fixture, temporaryFolder } from "./cli.js";
import { difference, type Pixels, pipeline, pixelsOf, storedAs } from "./pictures.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let coffee: Pixels;

beforeAll(async () => {
  folder = await temporaryFolder();
  coffee = await pixelsOf(fixture("coffee.png"));
});
afterAll(() => folder.remove());

async function read(name: string, bytes: Uint8Array) {
  await writeFile(folder.file(name), bytes);
  return (await readImage(folder.file(name))).raster;
}

/** An uncompressed TIFF of 4 x 4 pixels. */
function tiff(channels: number, bits: number): Uint8Array {
  const bytes = (16 * channels * bits) / 8;
  const extra = 8 + 2 + 12 * 11 + 4;
  const file = Buffer.alloc(extra + 2 * 5 + 2 * 2 + bytes, 100);
  const pixels = extra + 14;
  file.write("II*\0", 0, "latin1");
  file.writeUInt32LE(8, 4);
  const many = channels > 2;
  const tags: [number, number, number, number][] = [
    [256, 3, 1, 4],
    [257, 3, 1, 4],
    [258, 3, channels, many ? extra : bits],
    [259, 3, 1, 1],
    [262, 3, 1, many ? 2 : 1],
    [273, 4, 1, pixels],
    [277, 3, 1, channels],
    [278, 3, 1, 4],
    [279, 4, 1, bytes],
    [284, 3, 1, 1],
    // Unassociated alpha, then something else.
    many ? [338, 3, 2, 2] : [339, 3, 1, 1],
  ];
  file.writeUInt16LE(tags.length, 8);
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(count, at + 4);
    file.writeUInt32LE(value, at + 8);
  }
  file.writeUInt32LE(0, 10 + 12 * tags.length);
  for (let i = 0; i < 5; i++) file.writeUInt16LE(bits, extra + 2 * i);
  return file;
}

describe("readImage", () => {
  test("gives name and pixels of a plain PNG as they are", async () => {
    const { name, raster } = await readImage(fixture("coffee.png"));
    expect(name).toBe("coffee.png");
    expect(raster).toMatchObject({ width: 600, height: 400, channels: 3 });
    expect(difference(raster.data, coffee.data)).toBe(0);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "turns EXIF orientation %i upright, in JPEG, WebP, PNG and TIFF",
    async (orientation) => {
      const stored = pipeline(storedAs(orientation, coffee)).withMetadata({ orientation });
      const lossless = {
        "o.webp": await stored.clone().webp({ lossless: true, exact: true }).toBuffer(),
        "o.png": await stored.clone().png().toBuffer(),
        "o.tif": await stored.clone().tiff({ compression: "lzw" }).toBuffer(),
      };
      for (const [name, bytes] of Object.entries(lossless)) {
        const raster = await read(name, bytes);
        expect([name, raster.width, raster.height]).toEqual([name, 600, 400]);
        expect([name, difference(raster.data, coffee.data)]).toEqual([name, 0]);
      }
      const jpeg = await read(
        "o.jpg",
        await stored.clone().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(),
      );
      expect([jpeg.width, jpeg.height]).toEqual([600, 400]);
      expect(difference(jpeg.data, coffee.data)).toBeLessThan(2);
    },
  );

  test("converts CMYK to RGB", async () => {
    const bytes = await pipeline(coffee).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    const raster = await read("cmyk.jpg", bytes);
    expect(raster).toMatchObject({ width: 600, height: 400, channels: 3 });
    expect(difference(raster.data, coffee.data)).toBeLessThan(12);
  });

  test("reduces 16 bits to 8 over the whole range", async () => {
    const wide = Uint16Array.from(coffee.data, (value) => value * 257);
    const bytes = await sharp(wide, { raw: { width: 600, height: 400, channels: 3 } })
      .toColourspace("rgb16")
      .png()
      .toBuffer();
    expect((await sharp(bytes).metadata()).depth).toBe("ushort");
    const raster = await read("wide.png", bytes);
    expect(difference(raster.data, coffee.data)).toBeLessThan(0.01);
  });

  test("gives 16-bit grey as RGB of equal channels", async () => {
    const ramp = Uint16Array.from({ length: 256 * 4 }, (_, i) => (i % 256) * 257);
    const bytes = await sharp(ramp, { raw: { width: 256, height: 4, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ depth: "ushort", channels: 1 });
    const raster = await read("grey16.png", bytes);
    const expected = Uint8Array.from({ length: 256 * 4 * 3 }, (_, i) => Math.floor(i / 3) % 256);
    expect(raster.channels).toBe(3);
    expect(difference(raster.data, expected)).toBeLessThan(0.01);
  });

  test("looks palette colours up, transparency included", async () => {
    const colours = [
      [255, 0, 0, 255],
      [0, 128, 0, 255],
      [0, 0, 255, 0],
      [9, 9, 9, 128],
    ];
    const data = Uint8Array.from({ length: 16 * 16 * 4 }, (_, i) => colours[(i >> 2) % 4][i % 4]);
    const bytes = await pipeline({ data, width: 16, height: 16, channels: 4 })
      .png({ palette: true, dither: 0 })
      .toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    const raster = await read("palette.png", bytes);
    expect(raster.channels).toBe(4);
    expect([...raster.data.subarray(0, 8), ...raster.data.subarray(12, 16)]).toEqual([
      ...colours[0],
      ...colours[1],
      ...colours[3],
    ]);
    expect(raster.data[11]).toBe(0);
  });

  test("keeps alpha straight, hidden colours too", async () => {
    const data = Uint8Array.from({ length: 40 * 30 * 4 }, (_, i) => (i * 37) % 256);
    for (const [name, bytes] of Object.entries({
      "alpha.png": await pipeline({ data, width: 40, height: 30, channels: 4 }).png().toBuffer(),
      "alpha.webp": await pipeline({ data, width: 40, height: 30, channels: 4 })
        .webp({ lossless: true, exact: true })
        .toBuffer(),
      "alpha.tif": await pipeline({ data, width: 40, height: 30, channels: 4 })
        .tiff({ compression: "none" })
        .toBuffer(),
    })) {
      const raster = await read(name, bytes);
      expect([name, raster.channels, difference(raster.data, data)]).toEqual([name, 4, 0]);
    }
  });

  test("turns colour profiles into sRGB", async () => {
    const bytes = await pipeline(coffee).withIccProfile("p3").png().toBuffer();
    const unmanaged = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expect(difference(unmanaged, coffee.data)).toBeGreaterThan(4);
    const raster = await read("p3.png", bytes);
    expect(difference(raster.data, coffee.data)).toBeLessThan(1);
  });

  test("takes the first page of several", async () => {
    const pages = await sharp([fixture("coffee.png"), fixture("rocket.jpg")], { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    expect((await sharp(pages).metadata()).pages).toBe(2);
    const raster = await read("pages.webp", pages);
    expect([raster.width, raster.height]).toEqual([640, 427]);
  });

  test.each([
    [1, 1],
    [30_000, 40],
    [40, 30_000],
  ])("reads %i x %i pixels", async (width, height) => {
    const bytes = await sharp({ create: { width, height, channels: 3, background: "#123456" } })
      .png()
      .toBuffer();
    const raster = await read("extreme.png", bytes);
    expect(raster).toMatchObject({ width, height, channels: 3 });
    expect([...raster.data.subarray(-3)]).toEqual([0x12, 0x34, 0x56]);
  });

  test("refuses, before decoding, what does not fit into the memory that is free", () => {
    expect(() => checkFits("image", "bomb.png", { width: 32_768, height: 32_768 }, undefined, 4 * 2 ** 30)).toThrow(
      "not enough memory: image bomb.png of 32768 x 32768 pixels needs about 8.0 GB; 4.0 GB are free",
    );
    expect(() => checkFits("image", "photo.png", { width: 8000, height: 6000 }, undefined, 4 * 2 ** 30)).not.toThrow();
  });

  test("counts what the outputs take, and says so", () => {
    const size = { width: 10_000, height: 10_000 };
    const options = { out: "all.psd", cutout: "cut.png" };
    const free = 4 * 2 ** 30;
    expect(() => checkFits("image", "a.png", size, outputNeed({}, 1), free)).not.toThrow();
    expect(() => checkFits("image", "a.png", size, outputNeed(options, 16), free)).toThrow(
      "not enough memory: image a.png of 10000 x 10000 pixels needs about 0.7 GB, " +
        "and 6.6 GB for all.psd and cut.png with 16 masks; 4.0 GB are free",
    );
  });

  test("refuses a drawing that claims to be huge, before drawing it", async () => {
    const svg = (side: number) => `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"/>`;
    await expect(read("a.svg", Buffer.from(svg(40_000)))).rejects.toThrow(/of 40000 x 40000 pixels: at most/);
    await writeFile(folder.file("b.svg"), svg(30_000));
    const need = { bytesAPixel: 2 ** 20, outputs: "b.psd" };
    await expect(readImage(folder.file("b.svg"), {}, need)).rejects.toThrow(/needs about 6.7 GB, and .* for b.psd; /);
  });

  test.each(["x.jpg[shrink=2]", "[1].png[]", "a[page=1]"])("opens a file called %s", async (name) => {
    expect(await read(name, await pipeline(coffee).png().toBuffer())).toMatchObject({ width: 600, height: 400 });
  });

  test.each([
    ["colour, alpha and a saved selection", 5, 8, "at most one alpha channel"],
    ["32-bit integers", 1, 32, "8 or 16 bits a channel"],
  ])("refuses a TIFF of %s at once", async (_, channels, bits, words) => {
    await expect(read("odd.tif", tiff(channels, bits))).rejects.toThrow(words);
  });
});
