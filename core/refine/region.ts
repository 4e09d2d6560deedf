import { box } from "../frames.js";
import { cropRaster } from "../raster.js";
import type { Raster } from "../types.js";

/** Whole pixels, the last ones exclusive. */
interface Edges {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/**
 * A part of a raster, in its pixels, as a copy. Bytes that come as a subclass (Node's Buffer) are copied into plain ones.
 * @throws MasksmithError `input` as `cropRaster`.
 */
export function regionOf(raster: Raster, { x0, y0, x1, y1 }: Edges): Raster {
  const { data } = raster;
  const bytes = data instanceof Uint8Array ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
  return cropRaster({ ...raster, data: bytes }, box("image", x0, y0, x1, y1));
}
