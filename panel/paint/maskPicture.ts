import { maskOutlines, type Rle, rleBox, type SoftMask } from "@masksmith/core";

/** A mask ready to be drawn: its bounds in document pixels, a picture of their coverage, its outline. */
export interface MaskPicture {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly picture: HTMLCanvasElement;
  /** In document pixels: on the pixels' own edges from this many screen pixels a document pixel on, smoothed below. */
  outline(scale: number): Path2D;
}

/** Most pixels a side of the picture: finer than any screen shows of one mask, and bounded for any document. */
const MOST = 1024;
/** Screen pixels a document pixel from which stairs are seen, and so are drawn. */
const EXACT_SCALE = 3;
/** Most a smoothed outline leaves the exact one, document pixels: its stairs become lines, which are drawn many times faster. */
const TOLERANCE = 0.75;

const made = new WeakMap<Rle, Map<string, MaskPicture>>();

/** Drawn once per mask and colour, kept as long as the mask. Null if the mask is empty. @param soft the mask's coverage. */
export function maskPicture(rle: Rle, colour: string, soft?: SoftMask): MaskPicture | null {
  const ofColours = made.get(rle) ?? new Map<string, MaskPicture>();
  made.set(rle, ofColours);
  const known = ofColours.get(colour);
  if (known) return known;
  const [left, top, across, down] = rleBox(rle);
  const { x, y, width, height } = soft ?? { x: left, y: top, width: across, height: down };
  if (width === 0 || height === 0) return null;
  const step = Math.max(1, Math.ceil(Math.max(width, height) / MOST));
  const outline = [...ofColours.values()][0]?.outline ?? outlines(rle, step);
  const picture = soft ? paintSoft(soft, step, colour) : paint(rle, { x, y, width, height }, step, colour);
  const shown = { x, y, width, height, picture, outline };
  ofColours.set(colour, shown);
  return shown;
}

/** A canvas of an extent in steps, with the pixels that `fill` writes; transparent where it writes none. */
function drawn(
  extent: { readonly width: number; readonly height: number },
  step: number,
  fill: (pixels: Uint32Array, width: number, height: number) => void,
): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(extent.width / step);
  canvas.height = Math.ceil(extent.height / step);
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(canvas.width, canvas.height);
  fill(new Uint32Array(image.data.buffer), canvas.width, canvas.height);
  context.putImageData(image, 0, 0);
  return canvas;
}

interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Alpha 255 inside, on every `step`-th column and row: each run is touched once, nothing outside the bounds. */
function paint({ size: [rows], counts }: Rle, bounds: Bounds, step: number, colour: string): HTMLCanvasElement {
  const value = littleEndian(colour);
  return drawn(bounds, step, (pixels, width) => {
    for (let i = 1, position = counts[0]; i < counts.length; i += 2) {
      const end = position + counts[i];
      while (position < end) {
        const column = Math.floor(position / rows);
        const columnEnd = Math.min(end, (column + 1) * rows);
        const dx = column - bounds.x;
        if (dx % step === 0) {
          const from = Math.ceil((position - column * rows - bounds.y) / step);
          const to = Math.ceil((columnEnd - column * rows - bounds.y) / step);
          for (let row = from, at = from * width + dx / step; row < to; row++, at += width) pixels[at] = value;
        }
        position = columnEnd;
      }
      position += counts[i + 1] ?? 0;
    }
  });
}

/** Coverage as alpha, on every `step`-th column and row. */
function paintSoft(soft: SoftMask, step: number, colour: string): HTMLCanvasElement {
  const opaque = littleEndian(colour) & 0xffffff;
  return drawn(soft, step, (pixels, width, height) => {
    for (let y = 0, at = 0; y < height; y++) {
      const row = y * step * soft.width;
      for (let x = 0; x < width; x++, at++) pixels[at] = opaque | (soft.data[row + x * step] << 24);
    }
  });
}

function outlines(rle: Rle, step: number): MaskPicture["outline"] {
  let [smooth, exact]: [Path2D | null, Path2D | null] = [null, null];
  return (scale) => {
    if (scale >= EXACT_SCALE) {
      exact ??= outlinePath(rle, 0);
      return exact;
    }
    smooth ??= outlinePath(rle, Math.max(TOLERANCE, step / 2));
    return smooth;
  };
}

function outlinePath(rle: Rle, tolerance: number): Path2D {
  const path = new Path2D();
  for (const { points } of maskOutlines(rle, tolerance)) {
    path.moveTo(points[0], points[1]);
    for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
    path.closePath();
  }
  return path;
}

/** #rrggbb as the 32-bit pixel of an opaque colour on little-endian machines, which all pages run on. */
function littleEndian(colour: string): number {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((rgb & 0xff) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
}
