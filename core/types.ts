/**
 * The words that all folders share, as types: raster, frames, masks, prompts, answers. This file imports nothing but the type of signals.
 * `frames.ts` makes checked points, boxes and sizes.
 */
import type { Signal } from "./signal.js";

/**
 * Pixels as a host hands them over: rows top to bottom, channels interleaved (HWC), straight (not premultiplied) alpha.
 * `channels`: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA.
 * Value range: 0..`maxValue`; by default 255 for 8-bit, 65535 for 16-bit (Photoshop's own 16-bit data is 0..32768: say so),
 * 1 for float (values beyond are clipped).
 * `transfer` says how the numbers map to light: `srgb` (default) or `linear` (Photoshop's 32-bit documents).
 */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array | Float32Array;
  readonly maxValue?: number;
  readonly transfer?: "srgb" | "linear";
}

/** 8-bit RGB without alpha, interleaved; what the encoder's resize reads. `data.length = width * height * 3`. */
export interface RgbRaster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Coordinate systems.
 * - `document`: pixels of the open file, y down, pixel (0,0) covers [0,1) x [0,1).
 * - `image`: pixels of the raster given to the encoder (the document, or a region of it, perhaps scaled down).
 * - `model`: the encoder's square input (1024 for SAM), after the resize that `ModelFrame` records.
 *
 * The brand makes them types of their own: a document point cannot be passed where a model point is expected.
 */
export type Frame = "document" | "image" | "model";

declare const frame: unique symbol;

/** A point in the frame `F`, in that frame's pixels; fractions allowed. */
export interface Point<F extends Frame> {
  readonly x: number;
  readonly y: number;
  readonly [frame]: F;
}

/** An axis-aligned box in the frame `F`: x0 <= x1, y0 <= y1, in that frame's pixels; fractions allowed. */
export interface Box<F extends Frame> {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly [frame]: F;
}

/** A size in the pixels of the frame `F`. */
export interface Size<F extends Frame> {
  readonly width: number;
  readonly height: number;
  readonly [frame]: F;
}

/**
 * How one raster lies in its document and in the model's input. Made once per embedding; all transforms read it.
 * `region` is the part of the document the raster shows (in document pixels, integers), `image` the raster's size,
 * `content` the size it was resized to inside the model's `input` square (the rest is padding, right and bottom).
 */
export interface Placement {
  readonly document: Size<"document">;
  readonly region: Box<"document">;
  readonly image: Size<"image">;
  readonly content: Size<"model">;
  readonly input: number;
}

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

/** What every engine call takes. All values that cross the engine survive a structured clone, but the signal and callback. */
export interface CallOptions {
  /** Ends the call within about 100 ms; it then rejects with `aborted`. */
  readonly signal?: Signal;
  /** Called as the work goes on, in the caller's thread. */
  readonly onProgress?: (progress: Progress) => void;
}

/** `fraction` runs from 0 to 1 within one call; `stage` names the work in words a user may see. */
export interface Progress {
  readonly stage: string;
  readonly fraction: number;
}

/** Where inference runs. `wasm` is the reference; any other backend is proven by the model's golden check before first use. */
export type EngineBackend = Backend | "native";

/** Backends of onnxruntime-web, which the core brings along. */
export type Backend = "wasm" | "webgpu";

/** What a reader of model files is told; it may leave it alone. */
export interface ReadOptions {
  /** The file is not wanted any more. */
  readonly signal?: Signal;
  /** To be called as bytes come in, with all of this file so far: for progress, and as a sign of life. */
  readonly onBytes?: (received: number) => void;
}

/** A model as its package or a folder gives it: the manifest (unvalidated) and a reader for its files. */
export interface ModelSource {
  readonly manifest: unknown;
  /**
   * All bytes of a file of the manifest. One that gives neither bytes nor a sign of life for five minutes is given up.
   * @throws whatever its host throws if it cannot be read.
   */
  read(file: string, options?: ReadOptions): Promise<Uint8Array>;
  /** For models on disk: lets a native runtime read a file itself, without a copy in memory. */
  local?(file: string): Promise<LocalFile>;
}

/** A model's file on disk. Closed by whoever asked for it. */
export interface LocalFile {
  readonly path: string;
  readonly bytes: number;
  /** `length` bytes from `offset`, fewer at the end. */
  read(offset: number, length: number): Uint8Array;
  /** Hex digest of the whole file. */
  sha256(signal?: Signal): Promise<string>;
  /** Ends reading; no other call may follow. */
  close(): void;
}

/** One encoded raster. A handle: the tensors stay in the engine, in a cache bounded in bytes. */
export interface Embedding {
  /** Content hash of the model input plus model id and encoder: equal pixels give equal ids. */
  readonly id: string;
  readonly model: string;
  readonly encoder: string;
  readonly placement: Placement;
}

/** What `Engine.embed` takes beside the raster. */
export interface EmbedOptions extends CallOptions {
  /** Size of the document, if the raster is only a part or a reduced copy of it. Default: the raster's size. */
  readonly document?: Size<"document">;
  /** The part of the document that the raster shows, in document pixels. Default: the whole document. */
  readonly region?: Box<"document">;
}

/** What the user points at; one prompt is one object. At least one field must say something. */
export interface Prompt {
  readonly foreground?: readonly Point<"document">[];
  readonly background?: readonly Point<"document">[];
  readonly box?: Box<"document">;
  /**
   * An earlier answer: a candidate's `logits`, or any binary mask of the document, which is turned into logits (and, without
   * a box, brings its bounds as box).
   */
  readonly mask?: LowResLogits | Rle;
  /**
   * true: the model's ambiguity candidates (whole, part, sub-part). false: its single answer.
   * Default as in the original: candidates for a lone point, the single answer once a box or several points say more.
   */
  readonly multimask?: boolean;
}

/** What `Engine.predict` takes beside embedding and prompts. */
export interface PredictOptions extends CallOptions {
  /** Give each candidate's low-res logits too (256 KB each), to be used as the next prompt's `mask`. Default false. */
  readonly logits?: boolean;
  /** Give soft coverage of the mask's bounds too. Default false. */
  readonly soft?: boolean;
  /**
   * The model's masks exactly as they are. Default false: of each mask a component stays only if it holds a foreground point of
   * the prompt or is about as sure as the surest, and holes under 1 % of its area are filled (`cleanLogits`). Mask, area,
   * bounds, soft edge and logits are all of the clean mask.
   */
  readonly raw?: boolean;
  /**
   * Give, behind what was asked for, what else the same run of the model found: behind a single answer the ambiguity
   * candidates, behind those the single answer. Default false.
   */
  readonly alternatives?: boolean;
  /** Calls of one lane supersede each other while they wait: only the latest runs, older ones reject with `aborted`. */
  readonly lane?: string;
}

/** One answer to a prompt. */
export interface Candidate {
  /** Index of the mask token that gave it (0: the single-mask token). */
  readonly token: number;
  /** The model's own guess of the IoU; may exceed 1. */
  readonly predictedIou: number;
  /** IoU of the mask cut at threshold +/- offset; 0..1 (`calculate_stability_score` of the original). */
  readonly stabilityScore: number;
  /**
   * Islands and holes of more than three low-res cells in the model's own mask, before it was cleaned: the more, the likelier it
   * is not what was meant. Absent for masks that come from elsewhere.
   */
  readonly specks?: number;
  /** Pixels of the mask. */
  readonly area: number;
  readonly bbox: XywhBox;
  readonly mask: Rle;
  readonly soft?: SoftMask;
  readonly logits?: LowResLogits;
}

/** All answers to one prompt. */
export interface Prediction {
  /** Best first by the model's own ranking. */
  readonly candidates: readonly Candidate[];
  /** Index of the one to show: the first, unless that is ragged and another is nearly as good and clean (`chooseAnswer`). */
  readonly recommended: number;
}

/**
 * One row of automatic generation. All coordinates are document pixels.
 * Boxes have exclusive edges; the official generator's inclusive `bbox` is made only where an SA-1B record is written.
 */
export interface ObjectMask {
  /** Unique within one result. */
  readonly id: number;
  readonly mask: Rle;
  /** Foreground pixels. */
  readonly area: number;
  /** The mask's bounds; all zeros for an empty mask. */
  readonly bbox: XywhBox;
  /** The model's own estimate of the mask's IoU; may exceed 1 a little. */
  readonly predictedIou: number;
  /** IoU of the mask thresholded below and above its cutoff, 0..1. */
  readonly stabilityScore: number;
  /** The point that found it. */
  readonly point: { readonly x: number; readonly y: number };
  /** The crop it was found in; the whole document if none. */
  readonly cropBox: XywhBox;
  /** Of a ranked list (`AutoOptions.ranked`): what it is ranked by, higher is likelier an object. */
  readonly score?: number;
}
