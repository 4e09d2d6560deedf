import { createHash } from "node:crypto";
import type { ObjectMask } from "../../../core/types.js";
import type { Picture } from "../../../hosts/cli/src/io/readImage.js";

/** Stands for the model: a few rectangles that follow from the picture's bytes alone. */
export function fakeMasks({ raster: { width, height, data } }: Picture): ObjectMask[] {
  const hash = createHash("sha256").update(data).digest();
  return Array.from({ length: 3 + (hash[0] % 3) }, (_, i) => {
    const [x, y] = [hash[4 * i + 1] % width, hash[4 * i + 2] % height];
    const [across, down] = [1 + (hash[4 * i + 3] % (width - x)), 1 + (hash[4 * i + 4] % (height - y))];
    return rectangleMask(i + 1, width, height, [x, y, across, down], 0.8 + hash[i] / 1500);
  });
}

export function rectangleMask(
  id: number,
  width: number,
  height: number,
  [x, y, across, down]: readonly [number, number, number, number],
  predictedIou = 0.9,
): ObjectMask {
  const counts: number[] = [];
  let last = 0;
  for (let column = x; column < x + across; column++) {
    const start = column * height + y;
    if (start === last && counts.length > 0) counts[counts.length - 1] += down;
    else counts.push(start - last, down);
    last = start + down;
  }
  if (last < width * height) counts.push(width * height - last);
  return {
    id,
    mask: { size: [height, width], counts: Uint32Array.from(counts) },
    area: across * down,
    bbox: [x, y, across, down],
    predictedIou,
    stabilityScore: 0.96,
    point: { x: x + 0.5, y: y + 0.5 },
    cropBox: [0, 0, width, height],
  };
}
