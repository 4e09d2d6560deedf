import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { readImage } from "../../../hosts/cli/src/io/readImage.js";
import { damaged } from "../chance.js";
import type { Attack } from "./attack.js";

const picture = sharp(Buffer.from(Uint8Array.from({ length: 24 * 16 * 3 }, (_, i) => (i * 37) % 256)), {
  raw: { width: 24, height: 16, channels: 3 },
});
let made: Promise<Readonly<Record<string, Uint8Array>>> | undefined;

async function makeAll(): Promise<Readonly<Record<string, Uint8Array>>> {
  const [jpg, png, webp, tif] = await Promise.all([
    picture.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    picture.clone().png().toBuffer(),
    picture.clone().webp().toBuffer(),
    picture.clone().tiff({ compression: "lzw" }).toBuffer(),
  ]);
  return { "a.jpg": jpg, "a.png": png, "a.webp": webp, "a.tif": tif };
}

const svg = (side: number) => `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}"/>`;

export const pictures: Attack = {
  name: "pictures",
  weight: 10,
  attempt: async (chance, folder) => {
    made ??= makeAll();
    const [name, bytes] = chance.pick(Object.entries(await made));
    const path = join(folder, name);
    await writeFile(path, damaged(bytes, chance));
    // Small pictures that say they are large are to be refused, not decoded: the run has its own bound of memory.
    await readImage(path, {}, { bytesAPixel: 2 ** 10, outputs: "the test" });
  },
  finds: {
    "a drawing of 30000 x 30000": async (folder) => {
      await writeFile(join(folder, "a.svg"), svg(30_000));
      await readImage(join(folder, "a.svg"), {}, { bytesAPixel: 2 ** 20, outputs: "the test" });
    },
    "brackets in its name": async (folder) => {
      const path = join(folder, "a.png[shrink=2]");
      await writeFile(path, await picture.clone().png().toBuffer());
      await readImage(path);
    },
  },
};
