import type { InclusiveBox } from "./boxes.js";

/** A part of the document that is searched on its own: pixels x0..x1, y0..y1, right and lower edges exclusive. */
export interface Crop {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  /** 0: the whole document. */
  readonly layer: number;
}

/**
 * The document and, for each layer n from 1, 2^n by 2^n overlapping crops, column by column (`generate_crop_boxes`,
 * utils/amg.py). A document too small to give each crop a pixel gives fewer.
 */
export function generateCrops(width: number, height: number, layers: number, overlapRatio: number): Crop[] {
  const crops: Crop[] = [{ x0: 0, y0: 0, x1: width, y1: height, layer: 0 }];
  for (let layer = 1; layer <= layers; layer++) {
    const perSide = 2 ** layer;
    const overlap = Math.trunc(overlapRatio * Math.min(width, height) * (2 / perSide));
    const cropWidth = Math.ceil((overlap * (perSide - 1) + width) / perSide);
    const cropHeight = Math.ceil((overlap * (perSide - 1) + height) / perSide);
    for (let i = 0; i < perSide * perSide; i++) {
      const x0 = (cropWidth - overlap) * Math.floor(i / perSide);
      const y0 = (cropHeight - overlap) * (i % perSide);
      if (x0 >= width || y0 >= height) continue;
      crops.push({ x0, y0, x1: Math.min(x0 + cropWidth, width), y1: Math.min(y0 + cropHeight, height), layer });
    }
  }
  return crops;
}

/** How near to a crop's edge a mask counts as cut off, in document pixels. */
const EDGE_TOLERANCE = 20;

/**
 * Whether a mask's box ends near an edge of its crop that is not near the same edge of the document: such a mask is likely
 * cut off (`is_box_near_crop_edge`; as there, inclusive box edges are compared with exclusive crop edges).
 */
export function isNearCropEdge(box: InclusiveBox, crop: Crop, width: number, height: number): boolean {
  const near = (edge: number, cropEdge: number, documentEdge: number) =>
    Math.abs(edge - cropEdge) <= EDGE_TOLERANCE && Math.abs(edge - documentEdge) > EDGE_TOLERANCE;
  return (
    near(box.left, crop.x0, 0) ||
    near(box.top, crop.y0, 0) ||
    near(box.right, crop.x1, width) ||
    near(box.bottom, crop.y1, height)
  );
}
