import type { CleanUpSettings, EdgesRequest, Raster, SoftMask, SoftResult } from "@masksmith/core";
import type { Outcome } from "./protocol.js";
import type { WatchedApi } from "./workerLife.js";

/** Begins the names of the workers that compute on pixels: by it the one script of all workers knows its part. */
export const PIXEL_WORKER = "masksmith-pixels";

type Extent = { readonly width: number; readonly height: number };

/** The side of the worker that computes on pixels, without any model. */
export interface PixelApi extends WatchedApi {
  edges(request: EdgesRequest): Promise<Outcome<SoftMask>>;
  /** Tidies up, and gives the mask in all its forms; without settings only that. */
  finish(soft: SoftMask, settings: Partial<CleanUpSettings>, document: Extent): Promise<Outcome<SoftResult>>;
  /** The raster with the background's share taken out of the object's rim; its bounds are those of `soft`. */
  decontaminate(raster: Raster, soft: SoftMask): Promise<Outcome<Raster>>;
}
