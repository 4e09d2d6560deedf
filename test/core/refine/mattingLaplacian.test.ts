import { box, encodeRle, type Raster } from "@masksmith/core";
import { describe, expect, test } from "vitest";
import { LaplacianPage, makeScratch } from "../../../core/refine/matting/laplacian.js";
import { makeWorkspace, PAGE, WorkingPicture } from "../../../core/refine/matting/workspace.js";
import { noise } from "../../support/bytes.js";

describe("matting Laplacian", () => {
  test("is what its windows' best lines leave unexplained, across pages and at the borders", () => {
    const width = PAGE + 9;
    const height = 12;
    const radius = 2;
    const raster: Raster = { width, height, channels: 3, data: noise(width * height * 3, 11) };
    const all = encodeRle(new Uint8Array(width * height).fill(1), width, height);
    const space = makeWorkspace(raster, box("document", 0, 0, width, height), all, 1, 0);
    const picture = new WorkingPicture(space);
    const scratch = makeScratch(radius);
    const x = Float32Array.from(noise(width * height, 5), (value) => value / 255);
    const result = new Float32Array(x.length);
    for (const left of [0, PAGE])
      new LaplacianPage(space, picture, left, 0, radius, scratch).multiply(x, result, scratch);
    const expected = residuals(picture.planes, x, width, height, radius);
    result.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] / (2 * radius + 1) ** 2, 4);
    });
  });
});

/** By the definition: ridge regression of x on colour in each window, residuals summed over the windows of each pixel. */
function residuals(
  planes: readonly Float32Array[],
  x: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float64Array {
  const sums = new Float64Array(x.length);
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const pixels: number[] = [];
      for (let q = Math.max(0, v - radius); q <= Math.min(height - 1, v + radius); q++)
        for (let p = Math.max(0, u - radius); p <= Math.min(width - 1, u + radius); p++) pixels.push(q * width + p);
      const mean = (value: (i: number) => number) => pixels.reduce((sum, i) => sum + value(i), 0) / pixels.length;
      const m = planes.map((plane) => mean((i) => plane[i]));
      const mx = mean((i) => x[i]);
      const matrix = planes.map((a, r) =>
        planes.map((b, c) => mean((i) => (a[i] - m[r]) * (b[i] - m[c])) + (r === c ? 1e-4 : 0)),
      );
      const line = solve3(
        matrix,
        planes.map((plane, r) => mean((i) => (plane[i] - m[r]) * (x[i] - mx))),
      );
      for (const i of pixels) sums[i] += x[i] - mx - line.reduce((sum, a, r) => sum + a * (planes[r][i] - m[r]), 0);
    }
  }
  return sums;
}

/** Cramer's rule. */
function solve3(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const det = (m: readonly (readonly number[])[]) =>
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
    m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
    m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  const all = det(matrix);
  return [0, 1, 2].map((column) => det(matrix.map((row, r) => row.map((v, c) => (c === column ? right[r] : v)))) / all);
}
