import { readFile } from "node:fs/promises";
import { readSa1b, rleArea } from "@masksmith/core";
import { afterAll, describe, expect, test } from "vitest";
import { fixture, run, runProcess, temporaryFolder } from "./cli.js";

const folder = await temporaryFolder();
afterAll(folder.remove);
const picture = fixture("coffee.png");

describe("masksmith auto", () => {
  // In a process of its own, whose workers lie beside the built program.
  test("prints the SA-1B record and nothing else, and writes the same record", async () => {
    const few = ["--points-per-side", "4", "--stability-score-thresh", "0.85", "--encoder", "fast"];
    const args = ["auto", picture, ...few, "--json", "-o", folder.file("a/record.json")];
    const { code, stdout, stderr } = await runProcess(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { image, annotations } = JSON.parse(stdout);
    expect(image).toMatchObject({ file_name: "coffee.png", width: 600, height: 400 });
    expect(annotations.length).toBeGreaterThan(1);
    for (const annotation of annotations) {
      expect(annotation).toMatchObject({ crop_box: [0, 0, 600, 400], predicted_iou: expect.any(Number) });
      expect(annotation.stability_score).toBeGreaterThanOrEqual(0.85);
      const [[x, y]] = annotation.point_coords;
      expect([x % 150, y % 100]).toEqual([75, 50]);
    }
    for (const { mask, area } of readSa1b(stdout).masks) expect(rleArea(mask)).toBe(area);
    expect(JSON.parse(await readFile(folder.file("a/record.json"), "utf8"))).toEqual(JSON.parse(stdout));
  });

  test.each([
    [["--points-per-side", "0"], '--points-per-side must be a whole number from 1 to 512, got "0"'],
    [["--points-per-side", "1e3"], "--points-per-side must be a whole number from 1 to 512"],
    [["--pred-iou-thresh", "1.5"], '--pred-iou-thresh must be a number from 0 to 1, got "1.5"'],
    [["--stability-score-thresh", "high"], "--stability-score-thresh must be a number from 0 to 1"],
    [["--stability-score-offset", "-1"], "--stability-score-offset must be a number from 0 to 100"],
    [["--box-nms-thresh", "2"], "--box-nms-thresh must be a number from 0 to 1"],
    [["--crop-n-layers", "9"], "--crop-n-layers must be a whole number from 0 to 4"],
    [["--crop-nms-thresh", ""], "--crop-nms-thresh must be a number from 0 to 1"],
    [["--crop-overlap-ratio", "1"], "--crop-overlap-ratio must be a number from 0 to 0.9"],
    [["--crop-n-points-downscale-factor", "0"], "--crop-n-points-downscale-factor must be a whole number from 1 to 16"],
    [["--min-mask-region-area", "1.5"], "--min-mask-region-area must be a whole number from 0 to 2147483647"],
    [["--encoder", "best"], "--encoder must be one of"],
    [["--most", "10"], "--most must be left out without --preset objects"],
    [["--preset", "objects", "--most", "0"], "--most must be a whole number from 1 to 1000"],
    [["--shard", "1/2"], "--shard must be left out for a single picture"],
    [["-o", "masks.tiff"], "--out must be a file name that ends in"],
  ])("refuses %j before any work, in one line", async (args, line) => {
    const { code, stdout, stderr } = await run(["auto", picture, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^masksmith: [^\n]+\n$/);
    expect(stderr).toContain(line);
  });
});
