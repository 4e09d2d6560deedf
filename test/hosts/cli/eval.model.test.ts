import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyRle, rleArea, rleBox, rleFromCoco, rleToCoco } from "@masksmith/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readReference } from "../../support/reference.js";
import { fixture, run, temporaryFolder } from "./cli.js";

/** A folder with one labelled object: what the original code gives for a box on the coffee cup. */
let folder: string;
let temporary: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  temporary = await temporaryFolder();
  folder = temporary.path;
  const found = readReference("coffee").predict.find(({ prompt }) => prompt.box && !prompt.multimask);
  const { segmentation, area } = found!.masks[0];
  const mask = rleFromCoco(segmentation);
  expect(rleArea(mask)).toBe(area);
  const [x, y, width, height] = rleBox(mask);
  await copyFile(fixture("coffee.png"), join(folder, "coffee.png"));
  const object = {
    image: "coffee.png",
    name: "cup",
    click: [x + width / 2, y + height / 2],
    box: found!.prompt.box,
    segmentation,
  };
  await writeFile(join(folder, "objects.json"), JSON.stringify([object]));
});
afterAll(() => temporary.remove());

describe("masksmith eval", () => {
  test("prints one JSON document with a row a step, against labels that the plain box must meet", async () => {
    const { code, stdout } = await run(["eval", folder, "--json"]);
    expect(code).toBe(0);
    const { objects, results } = JSON.parse(stdout);
    expect(objects).toBe(1);
    const names = results.map(({ name }: { name: string }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "click-official",
        "click-first",
        "click-settled",
        "click-refined",
        "click-best",
        "box",
        "box-refined",
      ]),
    );
    const row = (name: string) => results[names.indexOf(name)];
    expect(row("box").miou).toBeGreaterThan(0.97);
    expect(row("box").boundary_iou).toBeGreaterThan(0.9);
    expect(row("box")).toMatchObject({ usable: 1, harm: 0, gain: 0, harm_interval: [0, 0] });
    expect(row("click-settled")).toEqual({ ...row("click-first"), name: "click-settled" });
    expect(row("click-best").miou).toBeGreaterThanOrEqual(row("click-official").miou);
    expect(names.some((name: string) => name.startsWith("matting"))).toBe(false);
  });

  test("adds matting errors where a true alpha and a trimap lie beside the picture", async () => {
    const plane = (value: number) => ({
      create: { width: 600, height: 400, channels: 3 as const, background: grey(value) },
    });
    await sharp(plane(0)).png().toFile(join(folder, "coffee_alpha.png"));
    await sharp(plane(128)).png().toFile(join(folder, "coffee_trimap.png"));
    const { stdout } = await run(["eval", folder, "--json"]);
    const rows = JSON.parse(stdout).results.filter(({ name }: { name: string }) => name.startsWith("matting"));
    const binary = rows.find(({ name }: { name: string }) => name === "matting-binary");
    const [{ segmentation }] = JSON.parse(await readFile(join(folder, "objects.json"), "utf8"));
    // The truth is empty and all of it counts: the error is the mask's share of the picture.
    expect(binary.error).toBeCloseTo(rleArea(rleFromCoco(segmentation)) / 240_000, 2);
    expect(rows.map(({ name }: { name: string }) => name)).toContain("matting-natural");
  });

  test("runs only the rows asked for, on a sample of the clicks, and draws where two of them differ", async () => {
    const clicks = temporary.file("clicks");
    await mkdir(clicks);
    await copyFile(fixture("coffee.png"), join(clicks, "coffee.png"));
    const [object] = JSON.parse(await readFile(join(folder, "objects.json"), "utf8"));
    const other = rleToCoco(emptyRle(600, 400));
    const rows = [object.click, [5, 5], [590, 390]].map((click) => ({
      ...object,
      click,
      regions: [other, object.segmentation],
    }));
    await writeFile(join(clicks, "clicks.json"), JSON.stringify(rows));
    const sheet = join(clicks, "sheet.png");
    const only = ["--steps", "click-best,box-settled", "--sheet", sheet, "--rows", "click-official,click-best"];
    const { code, stdout } = await run(["eval", clicks, "--json", "-n", "2", ...only]);
    expect(code).toBe(0);
    const { objects, results } = JSON.parse(stdout);
    expect(objects).toBe(2);
    const names = results.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["click-official", "click-best", "box", "box-settled"]);
    for (const row of results) expect(row.usable_interval[0]).toBeLessThanOrEqual(row.usable);
    expect((await sharp(sheet).metadata()).width).toBeGreaterThan(1000);
  });

  test.each([
    [["--steps", "click-second"], /--steps must be .*click-first.*"click-second"/],
    [["--sheet", "a.jpg", "--rows", "box,box-refined"], /--sheet must be .*\.png/],
    [["--sheet", "a.png", "--rows", "box"], /--rows must be two of/],
    [["--rows", "box,box-refined"], /--rows must be given with --sheet/],
  ])("refuses %s before any work", async (options, message) => {
    const { code, stdout, stderr } = await run(["eval", folder, ...options]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  test.each([
    ["no objects.json", undefined, /objects\.json/],
    ["what is no JSON", "{", /objects\.json must be JSON/],
    ["an empty list", "[]", /an array of objects/],
    ["a picture outside the folder", JSON.stringify([{ image: "../a.png" }]), /object 0 image/],
    ["a click that is none", JSON.stringify([{ image: "a.png", segmentation: {}, click: [1] }]), /object 0 click/],
  ])("refuses %s with exit code 2 and one line", async (_, text, message) => {
    const empty = temporary.file(`bad ${bad++}`);
    await mkdir(empty);
    if (text !== undefined) await writeFile(join(empty, "objects.json"), text);
    const { code, stdout, stderr } = await run(["eval", empty, "--json"]);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });
});

let bad = 0;
const grey = (value: number) => ({ r: value, g: value, b: value });
