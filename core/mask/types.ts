/**
 * A binary mask in document pixels as run lengths, COCO order: column by column (x outer, y inner), runs alternate
 * background, foreground, ..., starting with background (the first count may be 0). The counts add up to height * width.
 * `size` is [height, width] as in pycocotools.
 */
export interface Rle {
  readonly size: readonly [height: number, width: number];
  readonly counts: Uint32Array;
}

/** COCO's compressed form, as in annotation files (pycocotools `encode` with `counts` decoded as ASCII). */
export interface CocoRle {
  readonly size: readonly [height: number, width: number];
  readonly counts: string;
}

/** [x, y, width, height] in pixels, edges exclusive: pycocotools' `toBbox`. All zeros for an empty mask. */
export type XywhBox = readonly [x: number, y: number, width: number, height: number];

/**
 * Coverage 0..255 of the mask's own bounds only: row-major, `width * height` bytes, whose left upper pixel is (x, y) of
 * the document. Outside the bounds coverage is 0.
 */
export interface SoftMask {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Mask logits as the decoder gives them: row-major, `width * height` floats over the model's whole padded input. */
export interface LowResLogits {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}
