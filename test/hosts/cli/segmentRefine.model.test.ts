import { type CocoRle, decodeRle, rleFromCoco } from "@masksmith/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fixture, run, temporaryFolder } from "./cli.js";
import { iou } from "./pictures.js";

const COFFEE = fixture("coffee.png");
const CUP = ["--box", "172,18,412,308"];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function segment(...args: string[]) {
  const { code, stdout, stderr } = await run(["segment", COFFEE, "--encoder", "fast", "--json", ...args], {
    cwd: folder.path,
  });
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout).masks as readonly {
    area: number;
    bbox: number[];
    predicted_iou: number;
    segmentation: CocoRle;
  }[];
}

const maskOf = ({ segmentation }: { segmentation: CocoRle }) => decodeRle(rleFromCoco(segmentation));
const greyOf = async (name: string) =>
  (await sharp(folder.file(name)).toColourspace("b-w").raw().toBuffer()) as Uint8Array;

describe("segment, refined", () => {
  test("writes soft edges that follow the picture with --refine, whose half is the mask", async () => {
    const [plain] = await segment(...CUP, "-o", "plain.png");
    const [refined] = await segment(...CUP, "--refine", "natural", "-o", "soft.png");
    const soft = await greyOf("soft.png");
    expect((await greyOf("plain.png")).every((value) => value === 0 || value === 255)).toBe(true);
    expect(soft.filter((value) => value > 0 && value < 255).length).toBeGreaterThan(300);
    const maskAt = maskOf(refined!);
    expect(soft.every((value, i) => value >> 7 === maskAt[i])).toBe(true);
    expect(iou(maskOf(refined!), maskOf(plain!))).toBeGreaterThan(0.9);
  });

  test("moves, and softens, the edge as asked", async () => {
    const [plain] = await segment(...CUP);
    const [grown] = await segment(...CUP, "--shift", "6", "--feather", "2", "-o", "grown.png");
    const [shrunk] = await segment(...CUP, "--shift", "-6");
    expect(grown!.bbox[2] - plain!.bbox[2]).toBeGreaterThanOrEqual(10);
    expect(plain!.bbox[2] - shrunk!.bbox[2]).toBeGreaterThanOrEqual(10);
    expect((await greyOf("grown.png")).some((value) => value > 0 && value < 255)).toBe(true);
  });

  test("writes the model's own edges softly with --refine off, without a second look", async () => {
    const [plain] = await segment(...CUP);
    const [soft] = await segment(...CUP, "--refine", "off", "-o", "own.png");
    expect(soft!.segmentation).toEqual(plain!.segmentation);
    expect((await greyOf("own.png")).some((value) => value > 0 && value < 255)).toBe(true);
  });

  test("gives the model's masks exactly as they are with --raw, in its own order", async () => {
    const point = ["--point", "519,184", "--raw"];
    const [official] = await segment(...point);
    const candidates = await segment(...point, "--candidates");
    expect(official!.segmentation).toEqual(candidates[0].segmentation);
    expect(candidates).toHaveLength(3);
    const scores = candidates.map(({ predicted_iou }) => predicted_iou);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
  });

  test("shows one mask of a click that holds it", async () => {
    const [found] = await segment("--point", "300,190");
    expect(maskOf(found!)[190 * 600 + 300]).toBe(1);
  });

  test.each([
    ["--refine", "fluffy"],
    ["--contrast", "120"],
    ["--feather", "-1"],
  ])("refuses %s %s with exit code 2", async (option, value) => {
    const { code, stderr } = await run(["segment", COFFEE, ...CUP, option, value]);
    expect(code).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain(value);
  });
});
