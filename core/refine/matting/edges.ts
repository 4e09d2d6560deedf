import { invalid } from "../../errors.js";
import { box } from "../../frames.js";
import { rleBox } from "../../mask/index.js";
import { validateRaster } from "../../raster.js";
import type { Box, Placement, Raster, Rle, SoftMask } from "../../types.js";
import { findBand } from "./band.js";
import { connectSides } from "./connect.js";
import { LaplacianPage, type LinePlanes, makeScratch, type Scratch } from "./laplacian.js";
import { maskTrust } from "./separation.js";
import { solveAlpha } from "./solve.js";
import { toDocument } from "./upsample.js";
import { makeWorkspace, WorkingPicture } from "./workspace.js";

/** `crisp`: hard edges where the picture has them. `natural`: as soft as the picture. `hair`: looks further for strands. */
export type EdgeMode = "crisp" | "natural" | "hair";

interface EdgeSettings {
  /** How far from the mask's edge alpha may be fractional, in cells of the grid the mask was made on. */
  readonly reach: number;
  /** Most that the mask counts against the picture, where their colours do not tell the sides apart. */
  readonly weight: number;
  /** Radius of the colour lines' windows, in working pixels. */
  readonly radius: number;
  /** Slope of alpha around a half: above 1 hardens. */
  readonly contrast: number;
}

const SETTINGS: Readonly<Record<EdgeMode, EdgeSettings>> = {
  crisp: { reach: 2, weight: 1, radius: 4, contrast: 4 },
  natural: { reach: 3, weight: 1, radius: 4, contrast: 1 },
  hair: { reach: 5, weight: 0.3, radius: 8, contrast: 1 },
};

/** All modes of `refineEdges`. */
export const EDGE_MODES = Object.keys(SETTINGS) as readonly EdgeMode[];

/** Working pixels a cell: the model's encoder saw four pixels a cell of its mask, and no finer edge is known. */
const PIXELS_A_CELL = 4;

/** Cells along the long side of what was embedded. */
const CELLS = 256;

/** Steps of the solver: the lemur's error no longer falls after eight. */
const STEPS = 8;

/**
 * Alpha from here on is opaque. The few steps of the solver leave a veil where an object's rim differs from its inside, as the highlight on
 * a saucer's does; hair has next to none so dense, and the lemur's error falls too.
 */
const OPAQUE = 0.95;

/** What `refineEdges` takes beside raster and mask. */
export interface EdgeOptions {
  /** Default `natural`. */
  readonly mode?: EdgeMode;
  /** Where `raster` lies in the document, whole pixels. Default: it is the document. */
  readonly region?: Box<"document">;
  /** Document pixels a cell of the grid the mask was made on, see `cellSize`. Default: for the whole document embedded. */
  readonly cell?: number;
}

/** Document pixels, on the long side, a cell of the low-res logits of an embedding. */
export function cellSize({ region }: Pick<Placement, "region">): number {
  return Math.max(region.x1 - region.x0, region.y1 - region.y0) / CELLS;
}

/**
 * Soft edges that follow the picture: alpha in a band around the mask's boundary by closed-form matting with large kernels
 * (He, Sun, Tang, CVPR 2010), on a grid of at least a fourth of the mask's own cell, page by page along the boundary, then
 * brought to document resolution by its colour lines (He, Sun, Fast Guided Filter, 2015). Where colours do not tell the sides
 * apart the mask counts; thin parts keep their core. The cost follows the length of the boundary.
 * @param raster the document's pixels, one for one, all of it or the part `region`, which should hold the mask's bounds.
 * @param mask of the document.
 * @throws MasksmithError `input` if the sizes do not fit or an option is out of range.
 */
export function refineEdges(raster: Raster, mask: Rle, options: EdgeOptions = {}): SoftMask {
  const [height, width] = mask.size;
  const { mode = "natural", region = box("document", 0, 0, width, height) } = options;
  const cell = cellOf(mask, options);
  check(raster, mask, mode, region, cell);
  const { weight, contrast } = SETTINGS[mode];
  if (rleBox(mask)[2] === 0) return { x: 0, y: 0, width: 0, height: 0, data: new Uint8Array(0) };
  const { factor, working, radius, margin } = edgeGrid(mask, options);
  const space = makeWorkspace(raster, region, mask, factor, margin);
  const band = findBand(space, working);
  const picture = new WorkingPicture(space);
  const scratch = makeScratch(radius);
  const pages = band.pages.map(({ x, y }) => new LaplacianPage(space, picture, x, y, radius, scratch));
  const trust = maskTrust(space, picture, band.unknown, pages, 2 * working);
  const alpha = solveAlpha(space, band, pages, trust, weight, STEPS, scratch);
  for (let i = 0; i < alpha.length; i++) alpha[i] = Math.min(1, alpha[i] / OPAQUE);
  connectSides(alpha, band.unknown, space.width, space.height);
  const lines = factor > 1 ? linesOf(pages, alpha, scratch) : undefined;
  const soft = toDocument(space, band, alpha, lines);
  if (contrast > 1) {
    harden(soft.data, contrast);
    antialias(soft);
  }
  return soft;
}

/** The grid that edges are worked on; radius and `working` in its pixels, `reach` and `margin` in the document's. */
export interface EdgeGrid {
  /** Document pixels a working pixel. */
  readonly factor: number;
  /** Of the colour lines' windows. */
  readonly radius: number;
  /** How far from the boundary alpha may be fractional. */
  readonly working: number;
  readonly reach: number;
  /** What is looked at around the mask's bounds. */
  readonly margin: number;
}

export function edgeGrid(mask: Rle, options: EdgeOptions): EdgeGrid {
  const cell = cellOf(mask, options);
  const { reach, radius } = SETTINGS[options.mode ?? "natural"];
  const factor = Math.max(1, Math.round(cell / PIXELS_A_CELL));
  const working = Math.max(1, (reach * cell) / factor);
  const margin = Math.ceil(working + 2 * radius + 1) * factor;
  return { factor, radius, working, reach: Math.ceil(working + 1) * factor, margin };
}

function cellOf({ size: [height, width] }: Rle, { cell = Math.max(width, height) / CELLS }: EdgeOptions): number {
  return cell;
}

function linesOf(pages: readonly LaplacianPage[], alpha: Float32Array, scratch: Scratch): LinePlanes {
  const plane = () => new Float32Array(alpha.length);
  // Beyond the pages alpha is known and its line flat.
  const lines: LinePlanes = [plane(), plane(), plane(), alpha.slice()];
  for (const page of pages) page.lines(alpha, lines, scratch);
  return lines;
}

function harden(data: Uint8Array, contrast: number): void {
  for (let i = 0; i < data.length; i++) {
    if (data[i] > 0 && data[i] < 255) data[i] = Math.max(0, Math.min(255, (data[i] - 127.5) * contrast + 128));
  }
}

/** A ramp of a pixel or two instead of steps: the binomial filter [1 2 1] / 4 along both axes. */
function antialias({ data, width, height }: SoftMask): void {
  for (let y = 0; y < height; y++) filterLine(data, y * width, width, 1);
  for (let x = 0; x < width; x++) filterLine(data, x, height, width);
}

function filterLine(data: Uint8Array, start: number, length: number, step: number): void {
  let before = data[start];
  for (let k = 0, i = start; k < length; k++, i += step) {
    const here = data[i];
    const after = k + 1 < length ? data[i + step] : here;
    data[i] = (before + 2 * here + after + 2) >> 2;
    before = here;
  }
}

function check(raster: Raster, mask: Rle, mode: EdgeMode, region: Box<"document">, cell: number): void {
  validateRaster(raster);
  const [height, width] = mask.size;
  if (!EDGE_MODES.includes(mode)) throw invalid("edge mode", `one of ${EDGE_MODES.join(", ")}`, mode);
  if (!(cell > 0 && cell < Number.POSITIVE_INFINITY)) throw invalid("cell", "a positive number", cell);
  const sides = [region.x0, region.y0, region.x1, region.y1];
  const inside = region.x0 >= 0 && region.y0 >= 0 && region.x1 <= width && region.y1 <= height;
  if (!inside || !sides.every(Number.isInteger))
    throw invalid("region", `whole pixels inside ${width}x${height}`, sides);
  if (raster.width !== region.x1 - region.x0 || raster.height !== region.y1 - region.y0)
    throw invalid(
      "raster",
      `${region.x1 - region.x0}x${region.y1 - region.y0} as its region`,
      `${raster.width}x${raster.height}`,
    );
}
