import { CELL } from "./band.js";
import { invertSymmetric } from "./laplacian.js";
import type { WorkingPicture, Workspace } from "./workspace.js";

/** Squared separation at which picture and mask count alike: two standard deviations. */
const TWO_DEVIATIONS = 4;

/** Noise that all colours have: a standard deviation of 8 of 255. */
const NOISE = 1e-3;

/** Fewest pixels of one side that its colours can be told from. */
const FEWEST = 4;

/** Per cell and side: pixels, colour sums (3), sums of products (6). */
const MOMENTS = 10;

/**
 * How far each cell's mask is to be trusted more than the picture: 1 / (1 + (D^2 / 4)^2), D^2 the squared distance between the
 * colours surely inside and surely outside within `reach`, in their own spread (Fisher's discriminant). Where both sides look
 * alike, colour does not tell where the boundary is and alpha would leak.
 * @param unknown 1 where a pixel is on neither side for sure.
 * @returns per cell of CELL x CELL working pixels, row-major; 1 where either side is out of reach.
 */
export function maskTrust(
  space: Workspace,
  picture: WorkingPicture,
  unknown: Uint8Array,
  pages: readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[],
  reach: number,
): Float32Array {
  const across = Math.ceil(space.width / CELL);
  const down = Math.ceil(space.height / CELL);
  const radius = Math.ceil(reach / CELL);
  const near = cellsNear(pages, across, down, radius);
  const sums = [new Float64Array(across * down * MOMENTS), new Float64Array(across * down * MOMENTS)] as const;
  for (let cell = 0; cell < near.length; cell++) {
    if (near[cell]) gather(space, picture, unknown, cell % across, Math.floor(cell / across), cell * MOMENTS, sums);
  }
  const trust = new Float32Array(across * down).fill(1);
  const inside = new Float64Array(MOMENTS);
  const outside = new Float64Array(MOMENTS);
  for (const page of pages) {
    for (let y = page.y / CELL; y < Math.ceil((page.y + page.height) / CELL); y++) {
      for (let x = page.x / CELL; x < Math.ceil((page.x + page.width) / CELL); x++) {
        addWindow(sums[1], across, down, x, y, radius, inside);
        addWindow(sums[0], across, down, x, y, radius, outside);
        trust[y * across + x] = 1 / (1 + (separation(inside, outside) / TWO_DEVIATIONS) ** 2);
      }
    }
  }
  return trust;
}

function cellsNear(
  pages: readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[],
  across: number,
  down: number,
  radius: number,
): Uint8Array {
  const near = new Uint8Array(across * down);
  for (const { x, y, width, height } of pages) {
    const right = Math.min(across, Math.ceil((x + width) / CELL) + radius);
    const left = Math.max(0, x / CELL - radius);
    const bottom = Math.min(down, Math.ceil((y + height) / CELL) + radius);
    for (let row = Math.max(0, y / CELL - radius); row < bottom; row++)
      near.fill(1, row * across + left, row * across + right);
  }
  return near;
}

/** Adds a cell's sure pixels to its side's sums. */
function gather(
  { width, height, coverage }: Workspace,
  picture: WorkingPicture,
  unknown: Uint8Array,
  column: number,
  row: number,
  at: number,
  sums: readonly [Float64Array, Float64Array],
): void {
  const left = column * CELL;
  const top = row * CELL;
  picture.require(left, top, left + CELL, top + CELL);
  const [red, green, blue] = picture.planes;
  for (let y = top; y < Math.min(height, top + CELL); y++) {
    for (let i = y * width + left; i < y * width + Math.min(width, left + CELL); i++) {
      if (unknown[i]) continue;
      const side = coverage[i] >= 0.5 ? sums[1] : sums[0];
      const r = red[i];
      const g = green[i];
      const b = blue[i];
      side[at]++;
      side[at + 1] += r;
      side[at + 2] += g;
      side[at + 3] += b;
      side[at + 4] += r * r;
      side[at + 5] += r * g;
      side[at + 6] += r * b;
      side[at + 7] += g * g;
      side[at + 8] += g * b;
      side[at + 9] += b * b;
    }
  }
}

function addWindow(
  sums: Float64Array,
  across: number,
  down: number,
  x: number,
  y: number,
  radius: number,
  into: Float64Array,
): void {
  into.fill(0);
  const right = Math.min(across - 1, x + radius);
  for (let row = Math.max(0, y - radius); row <= Math.min(down - 1, y + radius); row++) {
    for (let column = Math.max(0, x - radius); column <= right; column++) {
      const at = (row * across + column) * MOMENTS;
      if (sums[at] === 0) continue;
      for (let n = 0; n < MOMENTS; n++) into[n] += sums[at + n];
    }
  }
}

/** Squared distance of the means in the sum of both covariances. */
function separation(a: Float64Array, b: Float64Array): number {
  if (a[0] < FEWEST || b[0] < FEWEST) return 0;
  const mean = (side: Float64Array, n: number) => side[n + 1] / side[0];
  const covariance = (n: number, p: number, q: number) =>
    a[n + 4] / a[0] - mean(a, p) * mean(a, q) + b[n + 4] / b[0] - mean(b, p) * mean(b, q);
  const [i0, i1, i2, i3, i4, i5] = invertSymmetric(
    covariance(0, 0, 0) + NOISE,
    covariance(1, 0, 1),
    covariance(2, 0, 2),
    covariance(3, 1, 1) + NOISE,
    covariance(4, 1, 2),
    covariance(5, 2, 2) + NOISE,
  );
  const r = mean(a, 0) - mean(b, 0);
  const g = mean(a, 1) - mean(b, 1);
  const blue = mean(a, 2) - mean(b, 2);
  return r * (i0 * r + i1 * g + i2 * blue) + g * (i1 * r + i3 * g + i4 * blue) + blue * (i2 * r + i4 * g + i5 * blue);
}
