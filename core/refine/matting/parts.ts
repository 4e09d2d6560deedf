import { box } from "../../frames.js";
import { decodeRle, emptySoft, readSoftRow, rleBox, trimSoft } from "../../mask/index.js";
import type { Box, Rle, SoftMask } from "../../types.js";
import { CELL } from "./band.js";
import { type EdgeOptions, edgeGrid } from "./edges.js";

/** Document pixels looked at at once, about: what a part's edges cost in memory is some twenty bytes a pixel. */
const PART_PIXELS = 4e6;

/** Radii of the windows that a part sees beyond what is kept of it: alpha farther off no longer changes it visibly. */
const SEEN_RADII = 8;

/** What working in parts takes beside `refineEdges`' options. */
export interface PartsOptions extends EdgeOptions {
  /** Document pixels of a part with what it sees around it; more where the mask's own cells are very large. Default 4e6. */
  readonly partPixels?: number;
}

/**
 * Soft edges as `refineEdges` makes them, but in parts, so that memory grows with the mask by a byte a pixel only: no more of
 * the picture is asked for than one part at a time, and nothing of it away from the mask's boundary. Parts lie on the grid
 * that the whole would be worked on, and differ from it by about a level of 255 on the average of the soft pixels: the
 * solver stops before alpha is exact, in each part on its own.
 * @param refine gives `refineEdges` of the mask in a region of the document, whole pixels.
 * @throws what `refine` throws.
 */
export async function refineEdgesInParts(
  mask: Rle,
  options: PartsOptions,
  refine: (region: Box<"document">) => Promise<SoftMask>,
): Promise<SoftMask> {
  const [height, width] = mask.size;
  const { region = box("document", 0, 0, width, height), partPixels = PART_PIXELS } = options;
  if (rleBox(mask)[2] === 0) return emptySoft();
  const { factor, radius, reach, margin } = edgeGrid(mask, options);
  const area = grown(boundsOf(mask), margin, region);
  const data = decodeRle(mask, [area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0]);
  for (let i = 0; i < data.length; i++) data[i] *= 255;
  const whole = { x: area.x0, y: area.y0, width: area.x1 - area.x0, height: area.y1 - area.y0, data };
  const grid = factor * CELL;
  const seen = Math.ceil((SEEN_RADII * radius * factor) / grid) * grid;
  const side = Math.max(seen, Math.floor((Math.sqrt(partPixels) - 2 * seen) / grid) * grid, grid);
  const parts = partsOf(area, side).filter((part) => holdsBoundary(whole, grown(part, reach, area)));
  for (const part of parts) copyPart(await refine(grown(part, seen, area)), part, whole);
  return trimSoft(whole);
}

function boundsOf(mask: Rle): Box<"document"> {
  const [x, y, width, height] = rleBox(mask);
  return box("document", x, y, x + width, y + height);
}

function grown(part: Box<"document">, by: number, inside: Box<"document">): Box<"document"> {
  return box(
    "document",
    Math.max(inside.x0, part.x0 - by),
    Math.max(inside.y0, part.y0 - by),
    Math.min(inside.x1, part.x1 + by),
    Math.min(inside.y1, part.y1 + by),
  );
}

function partsOf({ x0, y0, x1, y1 }: Box<"document">, side: number): Box<"document">[] {
  const parts: Box<"document">[] = [];
  for (let y = y0; y < y1; y += side)
    for (let x = x0; x < x1; x += side)
      parts.push(box("document", x, y, Math.min(x1, x + side), Math.min(y1, y + side)));
  return parts;
}

function holdsBoundary({ x, y, width, data }: SoftMask, { x0, y0, x1, y1 }: Box<"document">): boolean {
  const first = data[(y0 - y) * width + x0 - x];
  for (let row = y0 - y; row < y1 - y; row++)
    for (let i = row * width + x0 - x; i < row * width + x1 - x; i++) if (data[i] !== first) return true;
  return false;
}

/** The part's pixels of `from`, 0 beyond its bounds, into the whole. */
function copyPart(from: SoftMask, { x0, y0, x1, y1 }: Box<"document">, whole: SoftMask): void {
  for (let y = y0; y < y1; y++) {
    const row = (y - whole.y) * whole.width - whole.x;
    readSoftRow(from, x0, y, whole.data.subarray(row + x0, row + x1));
  }
}
