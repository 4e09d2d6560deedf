import { box } from "../../frames.js";
import { decodeRle, rleBox } from "../../mask/index.js";
import { toRgb8 } from "../../raster.js";
import type { Box, Raster, RgbRaster, Rle } from "../../types.js";
import { regionOf } from "../region.js";

/** Side of a page in working pixels. */
export const PAGE = 64;

/**
 * What matting works on: the part of the document around a mask, reduced by a whole factor, in planes [height, width].
 * Only the planes' pages near the boundary are ever filled or read.
 */
export interface Workspace {
  /** The part of the document, in whole document pixels. */
  readonly region: Box<"document">;
  /** Document pixels a working pixel, on each side. */
  readonly factor: number;
  readonly width: number;
  readonly height: number;
  /** The mask's bytes over the region, 0 or 1. */
  readonly mask: Uint8Array;
  readonly picture: RgbRaster;
  /** Share of each working pixel that the mask covers, 0..1. */
  readonly coverage: Float32Array;
}

/**
 * @param raster the document's pixels in `shown` (whole document pixels), one for one.
 * @param margin document pixels around the mask's bounds to take along.
 */
export function makeWorkspace(
  raster: Raster,
  shown: Box<"document">,
  mask: Rle,
  factor: number,
  margin: number,
): Workspace {
  const [x, y, w, h] = rleBox(mask);
  const region = box(
    "document",
    Math.max(shown.x0, x - margin),
    Math.max(shown.y0, y - margin),
    Math.min(shown.x1, x + w + margin),
    Math.min(shown.y1, y + h + margin),
  );
  const inside = {
    x0: region.x0 - shown.x0,
    y0: region.y0 - shown.y0,
    x1: region.x1 - shown.x0,
    y1: region.y1 - shown.y0,
  };
  const picture = toRgb8(regionOf(raster, inside));
  const bytes = decodeRle(mask, [region.x0, region.y0, picture.width, picture.height]);
  const width = Math.ceil(picture.width / factor);
  const height = Math.ceil(picture.height / factor);
  const coverage = reduceMask(bytes, picture.width, picture.height, factor);
  return { region, factor, width, height, mask: bytes, picture, coverage };
}

/** Means over factor x factor blocks; blocks at the right and lower end may be smaller. */
function reduceMask(bytes: Uint8Array, width: number, height: number, factor: number): Float32Array {
  if (factor === 1) return Float32Array.from(bytes);
  const across = Math.ceil(width / factor);
  const down = Math.ceil(height / factor);
  const reduced = new Float32Array(across * down);
  for (let row = 0, i = 0; row < down; row++) {
    const end = Math.min(height, (row + 1) * factor);
    for (let y = row * factor; y < end; y++) addBlocks(bytes, y * width, width, factor, reduced, i);
    const lines = end - row * factor;
    for (let column = 0; column < across; column++, i++)
      reduced[i] /= lines * Math.min(factor, width - column * factor);
  }
  return reduced;
}

function addBlocks(
  bytes: Uint8Array,
  from: number,
  width: number,
  factor: number,
  sums: Float32Array,
  at: number,
): void {
  for (let x = 0, block = at; x < width; block++) {
    const end = Math.min(width, x + factor);
    let sum = 0;
    for (; x < end; x++) sum += bytes[from + x];
    sums[block] += sum;
  }
}

/** The working picture, three planes of 0..1, filled page by page as asked. */
export class WorkingPicture {
  readonly planes: readonly [Float32Array, Float32Array, Float32Array];
  readonly #space: Workspace;
  readonly #across: number;
  readonly #filled: Uint8Array;

  constructor(space: Workspace) {
    const length = space.width * space.height;
    this.planes = [new Float32Array(length), new Float32Array(length), new Float32Array(length)];
    this.#space = space;
    this.#across = Math.ceil(space.width / PAGE);
    this.#filled = new Uint8Array(this.#across * Math.ceil(space.height / PAGE));
  }

  /** Makes the pixels x0..x1, y0..y1 (exclusive, cut to the planes) readable. */
  require(x0: number, y0: number, x1: number, y1: number): void {
    const { width, height } = this.#space;
    const lastColumn = Math.floor((Math.min(width, x1) - 1) / PAGE);
    const lastRow = Math.floor((Math.min(height, y1) - 1) / PAGE);
    for (let row = Math.max(0, Math.floor(y0 / PAGE)); row <= lastRow; row++) {
      for (let column = Math.max(0, Math.floor(x0 / PAGE)); column <= lastColumn; column++) {
        if (this.#filled[row * this.#across + column]) continue;
        this.#filled[row * this.#across + column] = 1;
        this.#fill(column * PAGE, row * PAGE);
      }
    }
  }

  #fill(left: number, top: number): void {
    const { width, height, factor, picture } = this.#space;
    const [red, green, blue] = this.planes;
    const { data } = picture;
    for (let y = top; y < Math.min(height, top + PAGE); y++) {
      const bottom = Math.min(picture.height, (y + 1) * factor);
      for (let x = left; x < Math.min(width, left + PAGE); x++) {
        const end = Math.min(picture.width, (x + 1) * factor);
        let r = 0;
        let g = 0;
        let b = 0;
        for (let v = y * factor; v < bottom; v++) {
          for (let i = (v * picture.width + x * factor) * 3; i < (v * picture.width + end) * 3; i += 3) {
            r += data[i];
            g += data[i + 1];
            b += data[i + 2];
          }
        }
        const scale = 1 / (255 * (bottom - y * factor) * (end - x * factor));
        const at = y * width + x;
        red[at] = r * scale;
        green[at] = g * scale;
        blue[at] = b * scale;
      }
    }
  }
}
