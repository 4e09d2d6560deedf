/** Share of what both cover (128 and more) in what either covers; `dx`, `dy` shift `b`. */
export function iou(a: Uint8Array, b: Uint8Array, width: number, dx = 0, dy = 0): number {
  const height = a.length / width;
  const { left, top, right, bottom } = bounds(a, width);
  let both = 0;
  for (let y = Math.max(top, dy); y < Math.min(bottom, height + dy); y++) {
    for (let x = Math.max(left, dx); x < Math.min(right, width + dx); x++) {
      if (a[y * width + x] >= 128 && b[(y - dy) * width + x - dx] >= 128) both++;
    }
  }
  return both / (covered(a) + covered(b) - both);
}

/** The shift of `b`, at most `most` pixels each way, that fits `a` best. */
export function bestShift(a: Uint8Array, b: Uint8Array, width: number, most = 2): readonly [number, number] {
  let best: readonly [number, number] = [0, 0];
  let highest = iou(a, b, width);
  for (let dy = -most; dy <= most; dy++) {
    for (let dx = -most; dx <= most; dx++) {
      const found = iou(a, b, width, dx, dy);
      if (found <= highest) continue;
      highest = found;
      best = [dx, dy];
    }
  }
  return best;
}

function covered(mask: Uint8Array): number {
  let count = 0;
  for (const value of mask) if (value >= 128) count++;
  return count;
}

function bounds(mask: Uint8Array, width: number) {
  let [left, top, right, bottom] = [width, mask.length / width, 0, 0];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] < 128) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return { left, top, right, bottom };
}
