import { type Band, CELL } from "./band.js";
import type { LaplacianPage, Scratch } from "./laplacian.js";
import type { Workspace } from "./workspace.js";

/** The residual, to the first one, at which alpha no longer changes visibly. */
const ENOUGH = 1e-3;

/**
 * Alpha in the band: minimises x' L x + sum lambda (x - mask)^2 over the unknown pixels, the known ones held, by conjugate
 * gradients with a diagonal preconditioner. The large windows carry colour over the band in a few steps.
 * @param trust per cell, see `maskTrust`; lambda is `weight` times it.
 * @returns [height, width], 0..1 in the band, the mask's coverage elsewhere.
 */
export function solveAlpha(
  space: Workspace,
  band: Band,
  pages: readonly LaplacianPage[],
  trust: Float32Array,
  weight: number,
  steps: number,
  scratch: Scratch,
): Float32Array {
  const { width, coverage } = space;
  const lambda = (column: number, row: number) =>
    weight * trust[Math.floor(row / CELL) * Math.ceil(width / CELL) + Math.floor(column / CELL)];
  const { indices, weights } = unknowns(band, width, lambda);
  const alpha = coverage.slice();
  const direction = new Float32Array(alpha.length);
  const image = new Float32Array(alpha.length);
  const apply = (x: Float32Array) => {
    for (const page of pages) page.multiply(x, image, scratch);
  };
  // The mask itself is the first guess, so lambda does not appear in the first residual.
  apply(alpha);
  const residual = Float64Array.from(indices, (i) => -image[i]);
  let power = 0;
  residual.forEach((r, k) => {
    direction[indices[k]] = r / (1 + weights[k]);
    power += (r * r) / (1 + weights[k]);
  });
  const enough = power * ENOUGH ** 2;
  for (let step = 0; step < steps && power > enough; step++) {
    apply(direction);
    power = descend(alpha, direction, image, indices, weights, residual, power);
  }
  for (let k = 0; k < indices.length; k++) alpha[indices[k]] = Math.max(0, Math.min(1, alpha[indices[k]]));
  return alpha;
}

/** One step of the conjugate gradients. Returns the residual's new power in the preconditioner's norm. */
function descend(
  alpha: Float32Array,
  direction: Float32Array,
  image: Float32Array,
  indices: Int32Array,
  weights: Float64Array,
  residual: Float64Array,
  power: number,
): number {
  let curvature = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k];
    curvature += direction[i] * (image[i] + weights[k] * direction[i]);
  }
  if (!(curvature > 0)) return 0;
  const length = power / curvature;
  let next = 0;
  for (let k = 0; k < indices.length; k++) {
    const i = indices[k];
    alpha[i] += length * direction[i];
    residual[k] -= length * (image[i] + weights[k] * direction[i]);
    next += (residual[k] * residual[k]) / (1 + weights[k]);
  }
  const turn = next / power;
  for (let k = 0; k < indices.length; k++)
    direction[indices[k]] = residual[k] / (1 + weights[k]) + turn * direction[indices[k]];
  return next;
}

/** Where the unknown pixels are and how much each holds to the mask. */
function unknowns(
  { unknown }: Band,
  width: number,
  lambda: (column: number, row: number) => number,
): { indices: Int32Array; weights: Float64Array } {
  let count = 0;
  for (let i = 0; i < unknown.length; i++) count += unknown[i];
  const indices = new Int32Array(count);
  const weights = new Float64Array(count);
  for (let i = unknown.indexOf(1), k = 0; k < count; i = unknown.indexOf(1, i + 1), k++) {
    indices[k] = i;
    weights[k] = lambda(i % width, Math.floor(i / width));
  }
  return { indices, weights };
}
