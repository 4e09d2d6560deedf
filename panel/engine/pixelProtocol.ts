import type { Box, CleanUpSettings, EdgeMode, Raster, Rle, SoftMask, XywhBox } from "@masksmith/core";
import type { Outcome } from "./protocol.js";
import type { WatchedApi } from "./workerLife.js";

/** Begins the names of the workers that compute on pixels: by it the one script of all workers knows its part. */
export const PIXEL_WORKER = "masksmith-pixels";

/** A mask with soft edges in all the forms that are shown and written. */
export interface SoftResult {
  readonly soft: SoftMask;
  readonly mask: Rle;
  readonly area: number;
  readonly bbox: XywhBox;
}

export interface EdgesRequest {
  /** The document's pixels in `region`, one for one. */
  readonly raster: Raster;
  readonly region: Box<"document">;
  readonly mask: Rle;
  readonly mode: EdgeMode;
  readonly cell: number;
}

type Extent = { readonly width: number; readonly height: number };

/** The side of the worker that computes on pixels, without any model. */
export interface PixelApi extends WatchedApi {
  edges(request: EdgesRequest): Promise<Outcome<SoftMask>>;
  /** Tidies up, and gives the mask in all its forms; without settings only that. */
  finish(soft: SoftMask, settings: Partial<CleanUpSettings>, document: Extent): Promise<Outcome<SoftResult>>;
  /** The raster with the background's share taken out of the object's rim; its bounds are those of `soft`. */
  ownColours(raster: Raster, soft: SoftMask): Promise<Outcome<Raster>>;
}
