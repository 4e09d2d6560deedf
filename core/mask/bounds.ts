import type { LowResLogits } from "../types.js";

/**
 * Where low-res logits exceed a threshold: `top[c]`..`bottom[c]` are the first and last such rows of column c (top > bottom
 * if there are none); `left`..`right` the first and last such columns (-1 if none). Interpolation is a convex combination, so a
 * pixel can only be over the threshold if one of the samples it is made of is.
 */
export interface LowResBounds {
  readonly left: number;
  readonly right: number;
  readonly top: Int32Array;
  readonly bottom: Int32Array;
}

export function lowResBounds({ width, height, data }: LowResLogits, threshold: number): LowResBounds {
  const top = new Int32Array(width).fill(height);
  const bottom = new Int32Array(width).fill(-1);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i++) {
      if (data[i] > threshold) {
        bottom[column] = row;
        if (top[column] > row) top[column] = row;
      }
    }
  }
  const left = bottom.findIndex((row) => row >= 0);
  return { left, right: bottom.findLastIndex((row) => row >= 0), top, bottom };
}
