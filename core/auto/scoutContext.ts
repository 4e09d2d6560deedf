import type { Tensor } from "onnxruntime-web";
import type { Window } from "../decode/maskDecoder.js";
import type { Tensors } from "../runtime/session.js";

/** Positions that scouting takes together, on each axis. */
export const POOL = 2;

/** Makes a tensor over given values. */
export type MakeTensor = (data: Float32Array, shape: readonly number[]) => Tensor;

/**
 * The decoder's context on a coarser grid: `POOL` by `POOL` positions averaged into one, without the padding. All of the
 * context is linear in the embedding and its positions, so this is the context of an averaged embedding.
 * @param grid the embedding's positions; @param window those that show the picture, from the left upper corner.
 */
export function pooledContext(
  context: Tensors,
  grid: Window,
  window: Window,
  tensor: MakeTensor,
): { readonly context: Tensors; readonly window: Window } {
  const pooled = { width: Math.ceil(window.width / POOL), height: Math.ceil(window.height / POOL) };
  const positions = grid.width * grid.height;
  const result: Record<string, Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(context)) {
    const axis = dims.indexOf(positions);
    const outer = dims.slice(0, axis).reduce((a, b) => a * b, 1);
    const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
    const shape = dims.with(axis, pooled.width * pooled.height);
    result[name] = tensor(poolPlanes(data as Float32Array, outer, inner, grid, pooled), shape);
  }
  return { context: result, window: pooled };
}

/** [outer, grid, inner] -> [outer, pooled, inner]. */
function poolPlanes(data: Float32Array, outer: number, inner: number, grid: Window, pooled: Window): Float32Array {
  const out = new Float32Array(outer * pooled.width * pooled.height * inner);
  for (let o = 0, to = 0; o < outer; o++) {
    for (let y = 0; y < pooled.height; y++) {
      for (let x = 0; x < pooled.width; x++, to += inner) {
        for (let part = 0; part < POOL * POOL; part++) {
          const row = y * POOL + Math.floor(part / POOL);
          const from = ((o * grid.height + row) * grid.width + x * POOL + (part % POOL)) * inner;
          for (let i = 0; i < inner; i++) out[to + i] += data[from + i] / (POOL * POOL);
        }
      }
    }
  }
  return out;
}
