import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeRle, labelMap, type ObjectMask, readSa1b, structureOf, writeSa1b } from "@masksmith/core";
import Psd from "@webtoon/psd";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { autoJson, checkAutoOutput, writeAuto } from "../../../hosts/cli/src/io/autoOutput.js";
import type { Picture } from "../../../hosts/cli/src/io/readImage.js";
import { objectOf, rectangle } from "../../support/objects.js";
import { filesIn, temporaryFolder } from "./cli.js";
import { pixelsOf } from "./pictures.js";

const WIDTH = 61;
const HEIGHT = 47;
const SIZE = [WIDTH, HEIGHT] as const;
const folder = await temporaryFolder();
afterAll(folder.remove);

/** A house with a door that has a knob, a window, a tree beside it, and a ring with a hole that touches two borders. */
const masks: readonly ObjectMask[] = [
  rectangle(3, SIZE, [10, 20, 12, 20]),
  rectangle(1, SIZE, [5, 10, 30, 30]),
  rectangle(9, SIZE, [12, 30, 2, 2]),
  rectangle(4, SIZE, [25, 15, 6, 6]),
  objectOf(5, WIDTH, HEIGHT, (x, y) => Math.hypot(x - 52, y - 38) < 12 && Math.hypot(x - 52, y - 38) > 4),
];
const NAMES = ["Object 1.1", "Object 1", "Object 1.1.1", "Object 1.2", "Object 2"];

function picture(channels: 3 | 4 = 3): Picture {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * channels }, (_, i) => (i * 31 + (i >> 5)) % 256);
  return { path: "/photos/house.jpg", name: "house.jpg", raster: { width: WIDTH, height: HEIGHT, channels, data } };
}

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

describe("a record that a person worked on", () => {
  const confirm = async (path: string) => {
    const record = readSa1b(await readFile(path, "utf8"));
    const [first, ...rest] = record.masks;
    await writeFile(path, writeSa1b({ ...record, masks: [{ ...first, confirmed: true }, ...rest] }));
    return first;
  };

  test("keeps that person's masks in a file", async () => {
    const path = folder.file("worked.json");
    await writeAuto(path, picture(), masks);
    const first = await confirm(path);
    await writeAuto(path, picture(), masks.slice(2));
    const { masks: found } = readSa1b(await readFile(path, "utf8"));
    expect(found[0]).toEqual({ ...first, confirmed: true });
    expect(found).toHaveLength(1 + masks.length - 2);
  });

  test("keeps a folder from being used again", async () => {
    const path = `${folder.file("worked")}/`;
    await writeAuto(path, picture(), masks);
    await confirm(join(path, "record.json"));
    const message = "--out must be a folder without masks made or confirmed by hand";
    await expect(checkAutoOutput(path, picture())).rejects.toThrow(message);
    await expect(writeAuto(path, picture(), [])).rejects.toThrow(message);
    expect(await filesIn(path)).toHaveLength(masks.length + 1);
  });
});

describe("a damaged record", () => {
  const path = folder.file("damaged.json");
  const damage = async (change: (annotations: Record<string, unknown>[]) => void) => {
    const drawn = { ...masks[0], stage: "assisted-manual", confirmed: true };
    const record = JSON.parse(autoJson(picture(), masks));
    record.annotations[0] = { ...record.annotations[0], stage: drawn.stage, confirmed: true };
    change(record.annotations);
    await writeFile(path, JSON.stringify(record));
    return readFile(path, "utf8");
  };

  test("is not replaced, and refused before the work", async () => {
    const before = await damage((annotations) => {
      annotations[1].segmentation = "gone";
    });
    const message = /damaged.json is damaged and was left alone; .*--force/;
    await expect(checkAutoOutput(path, picture())).rejects.toThrow(message);
    await expect(writeAuto(path, picture(), masks)).rejects.toThrow(message);
    expect(await readFile(path, "utf8")).toBe(before);
  });

  test.each([
    ["another mask", (annotations: unknown[]) => void annotations.splice(1, 1, { id: 1, segmentation: 7 })],
    ["an id given twice", (annotations: unknown[]) => void annotations.push(annotations[1])],
    ["an annotation that is none", (annotations: unknown[]) => void annotations.unshift(null)],
  ])("that is replaced by force keeps what a person made: %s", async (_, change) => {
    await damage(change);
    await writeAuto(path, picture(), [], { force: true });
    const { masks: kept } = readSa1b(await readFile(path, "utf8"));
    expect(kept.map(({ mask, stage, confirmed }) => ({ mask, stage, confirmed }))).toEqual([
      { mask: masks[0].mask, stage: "assisted-manual", confirmed: true },
    ]);
  });

  test("in a folder is not replaced either", async () => {
    const inside = `${folder.file("damaged")}/`;
    await mkdir(inside);
    await writeFile(join(inside, "record.json"), '{"image":');
    await expect(checkAutoOutput(inside, picture())).rejects.toThrow("is damaged and was left alone");
    await expect(writeAuto(inside, picture(), masks)).rejects.toThrow("is damaged and was left alone");
    await writeAuto(inside, picture(), masks, { force: true });
    expect(readSa1b(await readFile(join(inside, "record.json"), "utf8")).masks).toHaveLength(masks.length);
  });
});

describe("the picture itself", () => {
  const message = "--out must be another file than the picture itself";
  const at = (path: string) => ({ ...picture(), path, name: "object-1.png" });

  test("is not overwritten by a mask of its own name in a folder", async () => {
    const own = folder.file("own");
    await mkdir(own);
    await writeFile(join(own, "object-1.png"), "photo");
    const shown = at(join(own, "object-1.png"));
    await expect(checkAutoOutput(`${own}/`, shown)).rejects.toThrow(message);
    await expect(writeAuto(own, shown, masks)).rejects.toThrow(message);
    expect(await filesIn(own)).toEqual(["object-1.png"]);
    expect(await readFile(shown.path, "utf8")).toBe("photo");
  });

  test.each(["symbolic", "hard"])("is not overwritten through a %s link in a folder", async (kind) => {
    const path = folder.file(`linked-${kind}`);
    await mkdir(path);
    const photo = folder.file(`photo-${kind}.png`);
    await writeFile(photo, "photo");
    await (kind === "hard" ? link : symlink)(photo, join(path, "object-1.2.png"));
    await expect(checkAutoOutput(path, at(photo))).rejects.toThrow(message);
    await expect(writeAuto(path, at(photo), masks)).rejects.toThrow(message);
    expect(await readFile(photo, "utf8")).toBe("photo");
  });

  test("is not overwritten by a name in other letters", async () => {
    await writeFile(folder.file("Photo.PNG"), "photo");
    await expect(checkAutoOutput(folder.file("photo.png"), at(folder.file("Photo.PNG")))).rejects.toThrow(message);
    await mkdir(folder.file("cased"));
    const shown = at(join(folder.file("cased"), "OBJECT-1.PNG"));
    await writeFile(shown.path, "photo");
    await expect(checkAutoOutput(folder.file("cased"), shown)).rejects.toThrow(message);
  });

  test("is not removed with the masks of an earlier run", async () => {
    const path = `${folder.file("earlier")}/`;
    await writeAuto(path, picture(), masks);
    const shown = { ...picture(), path: join(path, "object-2.png") };
    await writeAuto(path, shown, masks.slice(0, 1));
    expect(await filesIn(path)).toContain("object-2.png");
  });
});

describe("checks before the work", () => {
  test("refuse unknown formats and pictures that a format cannot hold", async () => {
    await expect(checkAutoOutput(folder.file("a.gif"))).rejects.toThrow(
      "--out must be a file name that ends in .json, .png, .psd, or a folder",
    );
    const wide = { ...picture(), raster: { ...picture().raster, width: 30_001 } };
    await expect(checkAutoOutput(folder.file("a.psd"), wide)).rejects.toThrow(
      "--out must be a format for sides of 30001 pixels",
    );
    await expect(checkAutoOutput(folder.file("a.PNG"), wide)).resolves.toBeUndefined();
    await expect(checkAutoOutput(folder.file("new/"))).resolves.toBeUndefined();
    await writeFile(folder.file("photo.png"), "");
    const own = { ...picture(), path: folder.file("photo.png") };
    await symlink("photo.png", folder.file("link.png"));
    await expect(checkAutoOutput(folder.file("link.png"), own)).rejects.toThrow(
      "--out must be another file than the picture",
    );
    await writeFile(folder.file("file"), "");
    await expect(checkAutoOutput(folder.file("file/a.png"))).rejects.toThrow("cannot write");
  });
});

test("uses the names and colours that structureOf gives", () => {
  expect(structureOf(masks, { width: WIDTH, height: HEIGHT }).names).toEqual(NAMES);
});
