import { boxSum } from "./boxSum.js";
import { PAGE, type WorkingPicture, type Workspace } from "./workspace.js";

/** Keeps the colour line of a flat window from being made of noise: a standard deviation of 2.5 of 255. */
const EPSILON = 1e-4;

/**
 * One page of the matting Laplacian with large windows (He, Sun, Tang: Fast Matting Using Large Kernel Matting Laplacian
 * Matrices, CVPR 2010; Levin, Lischinski, Weiss 2008 with 3 x 3 windows). In every window alpha is modelled as a linear
 * function of colour; L x is what of x the models of all windows over a pixel do not explain. Windows are cut at the ends
 * of the workspace.
 */
export class LaplacianPage {
  readonly x: number;
  readonly y: number;
  /** Inner size: the page, cut to the workspace. */
  readonly width: number;
  readonly height: number;
  readonly #space: Workspace;
  readonly #radius: number;
  readonly #picture: WorkingPicture;
  /** Per window (the page with a margin of one radius): mean colour (3), inverse covariance (6), pixels (1). */
  readonly #windows: Float32Array;

  constructor(space: Workspace, picture: WorkingPicture, x: number, y: number, radius: number, scratch: Scratch) {
    this.x = x;
    this.y = y;
    this.width = Math.min(PAGE, space.width - x);
    this.height = Math.min(PAGE, space.height - y);
    this.#space = space;
    this.#radius = radius;
    this.#picture = picture;
    const margin = 2 * radius;
    picture.require(x - margin, y - margin, x + this.width + margin, y + this.height + margin);
    this.#windows = this.#measureWindows(scratch);
  }

  /**
   * Writes L x, over the number of pixels of a whole window, into the page's part of `result`.
   * @param x [workspace height, width]; read up to two radii beyond the page.
   */
  multiply(x: Float32Array, result: Float32Array, scratch: Scratch): void {
    this.#fitLines(x, scratch);
    const [red, green, blue] = this.#picture.planes;
    const [a0, a1, a2, b] = scratch.sums as Four;
    const whole = 1 / (2 * this.#radius + 1) ** 2;
    for (let row = 0, k = 0; row < this.height; row++) {
      let i = (this.y + row) * this.#space.width + this.x;
      for (let column = 0; column < this.width; column++, i++, k++) {
        const explained = a0[k] * red[i] + a1[k] * green[i] + a2[k] * blue[i] + b[k];
        result[i] = (this.#windowsOver(column, row) * x[i] - explained) * whole;
      }
    }
  }

  /**
   * Writes the mean line of the windows over each pixel of the page, alpha = a . colour + b, into the planes' page, b such
   * that the line meets x at the pixel itself.
   */
  lines(x: Float32Array, planes: LinePlanes, scratch: Scratch): void {
    this.#fitLines(x, scratch);
    const [red, green, blue] = this.#picture.planes;
    const [a0, a1, a2, b] = planes;
    for (let row = 0, k = 0; row < this.height; row++) {
      let i = (this.y + row) * this.#space.width + this.x;
      for (let column = 0; column < this.width; column++, i++, k++) {
        const share = 1 / this.#windowsOver(column, row);
        a0[i] = scratch.sums[0][k] * share;
        a1[i] = scratch.sums[1][k] * share;
        a2[i] = scratch.sums[2][k] * share;
        b[i] = x[i] - a0[i] * red[i] - a1[i] * green[i] - a2[i] * blue[i];
      }
    }
  }

  /** How many windows lie over a pixel of the page: as many as pixels lie in its own. */
  #windowsOver(column: number, row: number): number {
    return this.#windows[(row + this.#radius) * this.#rowLength() + (column + this.#radius) * 10 + 9];
  }

  #rowLength(): number {
    return (this.width + 2 * this.#radius) * 10;
  }

  /** Into scratch.sums: a (3) and b of every window, summed over the windows over each pixel of the page. */
  #fitLines(x: Float32Array, scratch: Scratch): void {
    const r = this.#radius;
    const width = this.width + 2 * r;
    const height = this.height + 2 * r;
    this.#sumOver(scratch, 3, x);
    for (const [channel, plane] of this.#picture.planes.entries()) this.#sumOver(scratch, channel, plane, x);
    const [p0, p1, p2, p3] = scratch.moments as Four;
    const windows = this.#windows;
    for (let k = 0, w = 0; k < width * height; k++, w += 10) {
      const share = windows[w + 9] > 0 ? 1 / windows[w + 9] : 0;
      const mean = p3[k] * share;
      const c0 = p0[k] * share - windows[w] * mean;
      const c1 = p1[k] * share - windows[w + 1] * mean;
      const c2 = p2[k] * share - windows[w + 2] * mean;
      const a0 = windows[w + 3] * c0 + windows[w + 4] * c1 + windows[w + 5] * c2;
      const a1 = windows[w + 4] * c0 + windows[w + 6] * c1 + windows[w + 7] * c2;
      const a2 = windows[w + 5] * c0 + windows[w + 7] * c1 + windows[w + 8] * c2;
      p0[k] = a0;
      p1[k] = a1;
      p2[k] = a2;
      p3[k] = mean - a0 * windows[w] - a1 * windows[w + 1] - a2 * windows[w + 2];
    }
    for (let n = 0; n < 4; n++) boxSum(scratch.moments[n], width, height, r, scratch.sums[n], scratch.columns);
  }

  /**
   * Into scratch.moments[n]: the sum of p, or of p * q, over the window of each pixel of the page with a margin of one
   * radius; beyond the workspace there is nothing.
   */
  #sumOver(scratch: Scratch, n: number, p: Float32Array, q?: Float32Array): void {
    const { width, height } = this.#space;
    const margin = 2 * this.#radius;
    const across = this.width + 2 * margin;
    const down = this.height + 2 * margin;
    const left = Math.max(0, margin - this.x);
    const right = Math.min(across, width - this.x + margin);
    const { values } = scratch;
    values.fill(0, 0, across * down);
    for (let row = 0; row < down; row++) {
      const y = this.y - margin + row;
      if (y < 0 || y >= height) continue;
      const end = row * across + right;
      let i = y * width + this.x - margin + left;
      if (q) for (let k = row * across + left; k < end; k++, i++) values[k] = p[i] * q[i];
      else for (let k = row * across + left; k < end; k++, i++) values[k] = p[i];
    }
    boxSum(values, across, down, this.#radius, scratch.moments[n], scratch.columns);
  }

  #measureWindows(scratch: Scratch): Float32Array {
    const [r, g, b] = this.#picture.planes;
    const width = this.width + 2 * this.#radius;
    const height = this.height + 2 * this.#radius;
    const windows = new Float32Array(width * height * 10);
    const sums: readonly (readonly [Float32Array, Float32Array?])[] = [
      [r],
      [g],
      [b],
      [r, r],
      [r, g],
      [r, b],
      [g, g],
      [g, b],
      [b, b],
    ];
    for (const [slot, [p, q]] of sums.entries()) {
      this.#sumOver(scratch, 0, p, q);
      for (let k = 0, w = slot; w < windows.length; k++, w += 10) windows[w] = scratch.moments[0][k];
    }
    for (let y = 0, w = 0; y < height; y++) {
      for (let x = 0; x < width; x++, w += 10) {
        windows[w + 9] = this.#pixelsOf(this.x - this.#radius + x, this.y - this.#radius + y);
        if (windows[w + 9] > 0) toInverse(windows, w);
        else windows.fill(0, w, w + 10);
      }
    }
    return windows;
  }

  /** Pixels of the window around a pixel of the workspace; around any other there is no window. */
  #pixelsOf(x: number, y: number): number {
    const { width, height } = this.#space;
    if (x < 0 || y < 0 || x >= width || y >= height) return 0;
    const across = Math.min(width - 1, x + this.#radius) - Math.max(0, x - this.#radius) + 1;
    return across * (Math.min(height - 1, y + this.#radius) - Math.max(0, y - this.#radius) + 1);
  }
}

/** Turns a window's sums into its mean and the inverse of covariance + epsilon. */
function toInverse(windows: Float32Array, w: number): void {
  const share = 1 / windows[w + 9];
  const m0 = windows[w] * share;
  const m1 = windows[w + 1] * share;
  const m2 = windows[w + 2] * share;
  const inverse = invertSymmetric(
    windows[w + 3] * share - m0 * m0 + EPSILON,
    windows[w + 4] * share - m0 * m1,
    windows[w + 5] * share - m0 * m2,
    windows[w + 6] * share - m1 * m1 + EPSILON,
    windows[w + 7] * share - m1 * m2,
    windows[w + 8] * share - m2 * m2 + EPSILON,
  );
  windows[w] = m0;
  windows[w + 1] = m1;
  windows[w + 2] = m2;
  windows.set(inverse, w + 3);
}

/** Inverse of a symmetric 3 x 3 matrix given by its upper triangle, row by row; likewise returned. */
export function invertSymmetric(
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): [number, number, number, number, number, number] {
  const ca = d * f - e * e;
  const cb = c * e - b * f;
  const cc = b * e - c * d;
  const scale = 1 / (a * ca + b * cb + c * cc);
  return [
    ca * scale,
    cb * scale,
    cc * scale,
    (a * f - c * c) * scale,
    (b * c - a * e) * scale,
    (a * d - b * b) * scale,
  ];
}

type Four = [Float64Array, Float64Array, Float64Array, Float64Array];

/** Of each pixel, planes over the workspace: alpha = a . colour + b. */
export type LinePlanes = readonly [a0: Float32Array, a1: Float32Array, a2: Float32Array, b: Float32Array];

/** Buffers for one page, shared by all. */
export interface Scratch {
  readonly values: Float64Array;
  readonly moments: readonly Float64Array[];
  readonly sums: readonly Float64Array[];
  readonly columns: Float64Array;
}

export function makeScratch(radius: number): Scratch {
  const outer = PAGE + 4 * radius;
  const middle = (PAGE + 2 * radius) ** 2;
  const four = (length: number) => Array.from({ length: 4 }, () => new Float64Array(length));
  return {
    values: new Float64Array(outer * outer),
    moments: four(middle),
    sums: four(PAGE * PAGE),
    columns: new Float64Array(outer),
  };
}
