import {
  connectedComponents,
  decodeRle,
  encodeRle,
  type Rle,
  rleArea,
  rleBox,
  rleInvert,
  rleIou,
  type SoftMask,
} from "@masksmith/core";

/** Width of the boundary in parts of the picture's diagonal. */
const DILATION = 0.02;

/** Islands and holes of up to so many pixels are not counted. */
const TINY = 3;

/** How good a mask is. */
export interface Likeness {
  /** With the region most likely meant. */
  readonly iou: number;
  readonly boundaryIou: number;
  /** IoU with the nearest of all regions. */
  readonly any: number;
  readonly specks: number;
}

export function compareMasks(mask: Rle, truth: Rle, regions: readonly Rle[] = [truth]): Likeness {
  const any = Math.max(0, ...regions.map((region) => rleIou(mask, region)));
  return { iou: rleIou(mask, truth), boundaryIou: boundaryIou(mask, truth), any, specks: specksOf(mask) };
}

/** Islands (8-connected, all parts but the largest) and holes (4-connected, not at the picture's rim) over 3 pixels. */
export function specksOf(mask: Rle): number {
  const [height, width] = mask.size;
  const isLarge = (part: Rle) => rleArea(part) > TINY;
  const islands = connectedComponents(mask, 8).slice(1).filter(isLarge).length;
  const holes = connectedComponents(rleInvert(mask), 4).filter(isLarge);
  const isInside = (part: Rle) => {
    const [x, y, w, h] = rleBox(part);
    return x > 0 && y > 0 && x + w < width && y + h < height;
  };
  return islands + holes.filter(isInside).length;
}

/**
 * Boundary IoU (Cheng, Girshick, Dollár, Berg, Kirillov: Boundary IoU, CVPR 2021): the IoU of both masks' pixels up to d from
 * the outside, d being 0.02 of the diagonal, rounded to even at a half and at least 1, as in the authors' code. Distance is
 * that of the chessboard; what lies beyond the picture's border is outside.
 */
export function boundaryIou(a: Rle, b: Rle): number {
  return rleIou(boundary(a), boundary(b));
}

/** The mask's pixels with an outside pixel in their (2 d + 1)^2 neighbourhood. */
function boundary(mask: Rle): Rle {
  const [height, width] = mask.size;
  const distance = Math.max(1, roundHalfToEven(DILATION * Math.hypot(width, height)));
  const bytes = decodeRle(mask);
  const inner = new Uint8Array(bytes.length);
  for (let y = 0; y < height; y++) erodeLine(bytes, y * width, width, 1, distance, inner);
  const core = new Uint8Array(bytes.length);
  for (let x = 0; x < width; x++) erodeLine(inner, x, height, width, distance, core);
  return encodeRle(
    bytes.map((value, i) => value & ~core[i]),
    width,
    height,
  );
}

/** Keeps, of each run of ones on the line, what is `distance` or more from its ends. */
function erodeLine(
  source: Uint8Array,
  from: number,
  length: number,
  step: number,
  distance: number,
  target: Uint8Array,
): void {
  for (let k = 0; k < length; ) {
    if (!source[from + k * step]) {
      k++;
      continue;
    }
    const start = k;
    while (k < length && source[from + k * step]) k++;
    for (let n = start + distance; n < k - distance; n++) target[from + n * step] = 1;
  }
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** An 8-bit plane, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Mean absolute error of alpha, 0..1, where the trimap is neither black nor white. */
export function mattingError(soft: SoftMask, truth: Plane, trimap: Plane): number {
  let error = 0;
  let count = 0;
  for (let y = 0, i = 0; y < truth.height; y++) {
    for (let x = 0; x < truth.width; x++, i++) {
      if (trimap.data[i] === 0 || trimap.data[i] === 255) continue;
      error += Math.abs(coverageAt(soft, x, y) - truth.data[i]);
      count++;
    }
  }
  return count > 0 ? error / (255 * count) : 0;
}

function coverageAt(soft: SoftMask, x: number, y: number): number {
  const u = x - soft.x;
  const v = y - soft.y;
  return u >= 0 && v >= 0 && u < soft.width && v < soft.height ? soft.data[v * soft.width + u] : 0;
}
