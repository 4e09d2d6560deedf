import type { Placement } from "../types.js";
import type { Crop } from "./crops.js";
import type { FoundMask } from "./found.js";
import type { MaskFilterSettings } from "./judge.js";
import type { ScoutedPoints } from "./scoutedPoints.js";

/** All that decoding the points of one crop needs beside the model. Survives a structured clone. */
export interface CropTask {
  /** float32 [1, C, H, W], the crop's embedding. */
  readonly embedding: Float32Array;
  readonly placement: Placement;
  readonly crop: Crop;
  readonly settings: MaskFilterSettings;
  /** Id of the first mask of the crop's first point. */
  readonly firstId: number;
}

/** Points of a crop's grid. */
export interface PointBatch {
  /** Their indices in the grid. */
  readonly indices: Uint32Array;
  /** [points, 2]: x, y in document pixels. */
  readonly positions: Float64Array;
}

/** What decoding found out about points. */
export interface DecodedPoints {
  readonly indices: Uint32Array;
  /** [points, candidates] predicted IoUs. */
  readonly predictedIou: Float32Array;
  /** [points, candidates] stability scores; NaN where the predicted IoU did not pass. */
  readonly stability: Float32Array;
  readonly found: readonly FoundMask[];
  /** The found masks' sketches, [found, words]; empty unless asked for. */
  readonly sketches: Uint32Array;
}

/** Decodes points of one crop, somewhere. */
export interface CropDecoder {
  decode(points: PointBatch, options: { readonly sketches: boolean }): Promise<DecodedPoints>;
  scout(points: PointBatch): Promise<ScoutedPoints>;
}
