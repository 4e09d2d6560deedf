/** Share of what both cover (128 and more) in what either covers; `dx`, `dy` shift `b`. */
export function iou(a: Uint8Array, b: Uint8Array, width: number, dx = 0, dy = 0): number {
  const height = a.length / width;
  let [both, either] = [0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [bx, by] = [x - dx, y - dy];
      const inside = bx >= 0 && by >= 0 && bx < width && by < height;
      const [p, q] = [a[y * width + x] >= 128, inside && b[by * width + bx] >= 128];
      if (p && q) both++;
      if (p || q) either++;
    }
  }
  return both / either;
}

/** The shift of `b`, at most `most` steps of `step` pixels each way, that fits `a` best. */
export function bestShift(a: Uint8Array, b: Uint8Array, width: number, step = 1, most = 2): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let highest = iou(a, b, width);
  for (let dy = -most; dy <= most; dy++) {
    for (let dx = -most; dx <= most; dx++) {
      const found = iou(a, b, width, dx * step, dy * step);
      if (found <= highest) continue;
      highest = found;
      best = [dx * step, dy * step];
    }
  }
  return best;
}
