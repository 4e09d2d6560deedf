import { readFile, writeFile } from "node:fs/promises";
import { cocoMask, readCoco, readSa1b, SA1B_FILTER, SA1B_GENERATOR } from "@masksmith/core";
import { Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  addFolderOptions,
  autoFolder,
  type FolderOptions,
  presetGenerator,
} from "../../../hosts/cli/src/dataEngine/index.js";
import { filesIn, temporaryFolder } from "./cli.js";
import { fakeMasks } from "./dataEngineFake.js";

const folder = await temporaryFolder();
afterAll(folder.remove);
const events: string[] = [];
const out = { stdout: "", stderr: "" };

beforeAll(async () => {
  for (const [i, name] of ["a.png", "b.png"].entries()) {
    const image = sharp({ create: { width: 24, height: 18, channels: 3, background: { r: i, g: 20, b: 30 } } });
    await writeFile(folder.file(name), await image.png().toBuffer());
  }
});

beforeEach(() => {
  events.length = 0;
  for (const stream of ["stdout", "stderr"] as const) {
    out[stream] = "";
    vi.spyOn(process[stream], "write").mockImplementation(((text: string, done?: (error?: Error) => void) => {
      out[stream] += text;
      done?.();
      return true;
    }) as typeof process.stdout.write);
  }
  return () => vi.restoreAllMocks();
});

/** Options as the command line gives them. */
function parse(...args: string[]): FolderOptions {
  const command = addFolderOptions(new Command().exitOverride().configureOutput({ outputError: () => {} }));
  return command.option("--json").option("-o, --out <PATH>").parse(args, { from: "user" }).opts();
}

function run(...args: string[]): Promise<void> {
  const start = async () => {
    events.push("start");
    return {
      generate: async (picture: Parameters<typeof fakeMasks>[0]) => {
        events.push(picture.name);
        return fakeMasks(picture);
      },
      close: async () => {
        events.push("close");
      },
    };
  };
  return autoFolder(folder.path, parse(...args), { settings: { model: "fake" }, start });
}

describe("auto FOLDER", () => {
  test("loads the model once, prints one JSON document, and closes the model", async () => {
    await run("-o", folder.file("json"), "--json");
    expect(events).toEqual(["start", "a.png", "b.png", "close"]);
    expect(JSON.parse(out.stdout)).toMatchObject({ pictures: 2, written: 2, unchanged: 0, failed: [] });
    expect(out.stderr).toMatch(/0 of 2 pictures/);
    out.stdout = "";
    events.length = 0;
    await run("-o", folder.file("json"));
    expect(events).toEqual([]);
    expect(out.stdout).toMatch(
      /^2 pictures in .*\n {2}0 records written, 0 masks\n {2}2 records were there already\n$/,
    );
  });

  test("ends with a failure that names the list, after the summary", async () => {
    await writeFile(folder.file("c.png"), "no picture");
    const list = folder.file("some/failed.json");
    await expect(run("-o", folder.file("some"), "--json")).rejects.toMatchObject({
      kind: "runtime",
      message: `1 of 3 pictures failed, listed in ${list}`,
    });
    expect(JSON.parse(out.stdout).failed).toEqual(JSON.parse(await readFile(list, "utf8")).failed);
    await writeFile(folder.file("c.png"), await readFile(folder.file("a.png")));
  });

  test("gathers all records in one COCO file", async () => {
    const records = folder.file("gathered");
    await run("-o", records, "--coco", folder.file("instances.json"));
    const { images, annotations } = readCoco(await readFile(folder.file("instances.json"), "utf8"));
    expect(images.map(({ fileName }) => fileName)).toEqual(["a.png", "b.png", "c.png"]);
    const written = await Promise.all(
      images.map(async ({ fileName }) => readSa1b(await readFile(`${records}/${fileName}.json`, "utf8")).masks),
    );
    const masks = annotations.map((annotation) => cocoMask(annotation, images[annotation.imageId - 1]));
    expect(masks).toEqual(written.flat().map(({ mask }) => mask));
  });

  test.each([
    [["--shard", "3/2"], /^--shard must be I\/N/],
    [["--min-confidence", "88"], /^--min-confidence must be a number between 0 and 1, got "88"/],
    [["--min-stability", "-1"], /^--min-stability must be/],
    [["--min-area", "x"], /^--min-area must be 0 or more pixels, got "x"/],
    [["--max-area-share", "NaN"], /^--max-area-share must be/],
    [["--preset", "sa-2"], /sa-1b/],
    [["--coco", "instances.csv"], /^--coco must be a file name that ends in \.json/],
    [["-o", ""], /^--out must be a folder for the records/],
  ])("refuses %j before the model is loaded", async (args, message) => {
    await expect(async () => run("-o", folder.file("refused"), ...args)).rejects.toThrow(message);
    expect(events).toEqual([]);
    expect(await filesIn(folder.path)).not.toContain("refused");
  });
});

describe("the preset sa-1b", () => {
  test("has the paper's numbers", () => {
    // Segment Anything, appendix B.
    expect(presetGenerator("sa-1b")).toMatchObject({
      pointsPerSide: 32,
      predIouThresh: 0.88,
      stabilityScoreThresh: 0.95,
    });
    expect(SA1B_GENERATOR).toMatchObject({
      stabilityScoreOffset: 1,
      boxNmsThresh: 0.7,
      cropNmsThresh: 0.7,
      minMaskRegionArea: 100,
    });
    const { pointsPerSide, cropNLayers, cropNPointsDownscaleFactor } = SA1B_GENERATOR;
    const layers = Array.from({ length: cropNLayers + 1 }, (_, i) => [
      4 ** i,
      pointsPerSide / cropNPointsDownscaleFactor ** i,
    ]);
    expect(layers).toEqual([
      [1, 32],
      [4, 16],
      [16, 8],
    ]);
    expect(SA1B_FILTER).toMatchObject({ minArea: 100, maxAreaShare: 0.95 });
    expect(presetGenerator(undefined)).toEqual({});
  });

  test("goes into the records' settings, with options over it", async () => {
    await run("-o", folder.file("preset"), "--preset", "sa-1b", "--min-area", "2", "--min-confidence", "0.85");
    const { extra } = readSa1b(await readFile(folder.file("preset/a.png.json"), "utf8"));
    expect(extra.masksmith).toMatchObject({
      settings: {
        generator: { model: "fake" },
        filter: { minArea: 2, maxAreaShare: 0.95, minPredictedIou: 0.85, duplicateIou: 0.85 },
      },
    });
  });
});
