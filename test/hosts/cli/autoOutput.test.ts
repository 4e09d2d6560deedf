import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeRle, labelMap, type ObjectMask, readSa1b, structureOf } from "@masksmith/core";
import Psd from "@webtoon/psd";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { autoJson, writeAuto } from "../../../hosts/cli/src/io/autoOutput.js";
import { objectOf } from "../../support/objects.js";
import { HEIGHT, masks, NAMES, picture, WIDTH } from "./autoHouse.js";
import { filesIn, temporaryFolder } from "./cli.js";
import { pixelsOf } from "./pictures.js";

const folder = await temporaryFolder();
afterAll(folder.remove);

async function psdOf(found: readonly ObjectMask[], shown = picture()): Promise<Psd> {
  const path = folder.file("out.psd");
  await writeAuto(path, shown, found);
  return Psd.parse(new Uint8Array(await readFile(path)).buffer);
}

type Node = Psd["children"][number];
interface Tree {
  [name: string]: Tree | "layer";
}

/** Names from the top, as another reader gives them. */
function tree(nodes: readonly Node[]): Tree {
  const entry = (node: Node) => (node.type === "Group" ? tree(node.children as Node[]) : "layer");
  return Object.fromEntries(nodes.map((node, i) => [`${i} ${"name" in node ? node.name : ""}`, entry(node)]));
}

describe("PSD of all objects, read back by another reader", () => {
  test("is nested as the masks are, large below small, with the picture at the bottom", async () => {
    const psd = await psdOf(masks);
    expect([psd.width, psd.height]).toEqual([WIDTH, HEIGHT]);
    expect(tree(psd.children)).toEqual({
      "0 Objects": {
        "0 Object 2": "layer",
        "1 Object 1": {
          "0 Object 1.2": "layer",
          "1 Object 1.1": { "0 Object 1.1.1": "layer", "1 Object 1.1": "layer" },
          "2 Object 1": "layer",
        },
      },
      "1 Picture": "layer",
    });
  });

  test("has each mask, to the pixel, as a layer mask that is black outside its bounds", async () => {
    const psd = await psdOf(masks);
    for (const [i, { mask, bbox }] of masks.entries()) {
      const layer = psd.layers.find(({ name }) => name === NAMES[i])!;
      const [x, y, width, height] = bbox;
      expect(layer.maskData).toMatchObject({
        left: x,
        top: y,
        right: x + width,
        bottom: y + height,
        backgroundColor: 0,
      });
      // The reader gives grey as RGBA.
      const inside = (await layer.userMask())!.filter((_, j) => j % 4 === 0);
      expect([...inside]).toEqual([...decodeRle(mask, bbox)].map((value) => value * 255));
    }
  });

  test.each([3, 4] as const)(
    "has the picture's own pixels inside each object's bounds (%i channels)",
    async (channels) => {
      const shown = picture(channels);
      const psd = await psdOf(masks, shown);
      const { data } = shown.raster;
      for (const layer of psd.layers) {
        const { left, top, width, height } = layer;
        if (layer.name !== "Picture") expect([left, top, width, height]).toEqual(masks[NAMES.indexOf(layer.name)].bbox);
        const rgba = await layer.composite(false, false);
        for (let i = 0; i < width * height; i++) {
          const at = ((top + Math.floor(i / width)) * WIDTH + left + (i % width)) * channels;
          const expected = [...data.subarray(at, at + 3), channels === 4 ? data[at + 3] : 255];
          expect([...rgba.subarray(i * 4, i * 4 + 4)]).toEqual(expected);
        }
      }
    },
  );

  test("opens as the picture", async () => {
    const shown = picture();
    const flat = await (await psdOf(masks, shown)).composite();
    expect([...flat.filter((_, i) => i % 4 < 3)]).toEqual([...shown.raster.data]);
  });

  test("has an empty group where nothing was found, and a layer that shows nothing for an empty mask", async () => {
    expect(tree((await psdOf([])).children)).toEqual({ "0 Objects": {}, "1 Picture": "layer" });
    const psd = await psdOf([objectOf(1, WIDTH, HEIGHT, () => false)]);
    expect(psd.layers[0].maskData).toMatchObject({ left: 0, top: 0, right: 0, bottom: 0, backgroundColor: 0 });
  });
});

describe("overlay", () => {
  const inner = (x: number, y: number) => {
    const { data } = labelMap(masks, { width: WIDTH, height: HEIGHT });
    const at = (dx: number, dy: number) => data[(y + dy) * WIDTH + x + dx];
    const own = at(0, 0);
    const sides = [
      x > 0 ? at(-1, 0) : own,
      x < WIDTH - 1 ? at(1, 0) : own,
      y > 0 ? at(0, -1) : own,
      y < HEIGHT - 1 ? at(0, 1) : own,
    ];
    return { label: own, contour: own > 0 && sides.some((label) => label !== own) };
  };

  test("leaves the rest as it is, tints by 35 % of one colour a mask, small over large, and draws contours solid", async () => {
    const shown = picture();
    const path = folder.file("overlay.png");
    await writeAuto(path, shown, masks);
    const { width, height, channels, data } = await pixelsOf(path);
    expect([width, height, channels]).toEqual([WIDTH, HEIGHT, 3]);
    const colours = new Map<number, Set<string>>();
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) {
        const i = (y * WIDTH + x) * 3;
        const [before, after] = [shown.raster.data.subarray(i, i + 3), data.subarray(i, i + 3)];
        const { label, contour } = inner(x, y);
        if (label === 0) expect([...after]).toEqual([...before]);
        else if (contour) colours.set(label, (colours.get(label) ?? new Set()).add([...after].join()));
      }
    }
    // A contour is of one colour, each mask's another.
    expect([...colours.values()].every((seen) => seen.size === 1)).toBe(true);
    expect(new Set([...colours.values()].flatMap((seen) => [...seen])).size).toBe(masks.length);
    const [x, y] = [8, 12];
    const [colour] = [...colours.get(2)!][0].split(",").map(Number);
    const i = (y * WIDTH + x) * 3;
    expect(data[i]).toBe(Math.round(shown.raster.data[i] * 0.65 + colour * 0.35));
  });

  test("shows a transparent picture on white", async () => {
    const shown = picture(4);
    shown.raster.data.set([10, 20, 30, 0], 0);
    const path = folder.file("white.png");
    await writeAuto(path, shown, []);
    const { channels, data } = await pixelsOf(path);
    expect([channels, ...data.subarray(0, 3)]).toEqual([3, 255, 255, 255]);
  });
});

describe("SA-1B record", () => {
  test("holds all masks, with the same text in the file as on the command line", async () => {
    const path = folder.file("record.json");
    await writeAuto(path, picture(), masks);
    const text = await readFile(path, "utf8");
    expect(text).toBe(autoJson(picture(), masks));
    const record = readSa1b(text);
    expect(record.image).toMatchObject({ fileName: "house.jpg", width: WIDTH, height: HEIGHT });
    expect(record.masks.map(({ id, mask }) => ({ id, mask }))).toEqual(masks.map(({ id, mask }) => ({ id, mask })));
  });
});

describe("folder", () => {
  test("has one PNG a mask, named as the objects are, and a record that says which is which", async () => {
    const path = `${folder.file("masks")}/`;
    const written = await writeAuto(path, picture(), masks);
    const files = NAMES.map((name) => `${name.toLowerCase().replace(" ", "-")}.png`);
    expect(await filesIn(path)).toEqual([...files, "record.json"].sort());
    expect(written.length).toBe(masks.length + 1);
    const record = readSa1b(await readFile(join(path, "record.json"), "utf8"));
    for (const [i, { extra }] of record.masks.entries()) {
      expect(extra).toMatchObject({ file: files[i], name: NAMES[i] });
      const png = join(path, files[i]);
      expect(await sharp(png).metadata()).toMatchObject({ channels: 1, depth: "uchar", hasAlpha: false });
      const grey = await sharp(png).toColourspace("b-w").raw().toBuffer();
      expect([...grey]).toEqual([...decodeRle(masks[i].mask)].map((value) => value * 255));
    }
    expect(record.masks.map(({ extra }) => extra.parent)).toEqual([1, null, 3, 1, null]);
  });

  test("has a black PNG for an empty mask", async () => {
    const path = `${folder.file("empty")}/`;
    await writeAuto(path, picture(), [objectOf(1, WIDTH, HEIGHT, () => false)]);
    const { width, height, data } = await pixelsOf(join(path, "object-1.png"));
    expect([width, height, data.some((value) => value > 0)]).toEqual([WIDTH, HEIGHT, false]);
  });

  test("that was there is used, its old masks replaced, and nothing else in it touched", async () => {
    const path = folder.file("there");
    await mkdir(path);
    await writeFile(join(path, "object-7.png"), "mine");
    await writeAuto(path, picture(), masks);
    await writeAuto(path, picture(), masks.slice(0, 1));
    expect(await filesIn(path)).toEqual(["object-1.png", "object-7.png", "record.json"]);
    expect(await readFile(join(path, "object-7.png"), "utf8")).toBe("mine");
  });
});

test("uses the names and colours that structureOf gives", () => {
  expect(structureOf(masks, { width: WIDTH, height: HEIGHT }).names).toEqual(NAMES);
});
