import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Manifest } from "../model/manifest.js";
import type { GraphSession } from "../runtime/session.js";
import type { RgbRaster } from "../types.js";
import { type Features, keepFeatures } from "./features.js";
import { inputPixels } from "./normalise.js";
import { resizedSize, resizeRgb } from "./resize.js";

/** A raster resized to the model's content size, with a key that stands for its pixels. */
export interface PreparedRaster {
  readonly content: RgbRaster;
  /** sha256 over size and pixels of `content`, hex. */
  readonly hash: string;
}

/**
 * Resizes a picture as the model's original does: keeping the aspect (`ResizeLongestSide`) or stretched to the square
 * (`SAM2Transforms`), by Pillow's bilinear. Pure; needs no session.
 */
export function prepareRaster(rgb: RgbRaster, { input: { aspect, size } }: Manifest): PreparedRaster {
  const target = aspect === "pad" ? resizedSize(rgb.width, rgb.height, size) : { width: size, height: size };
  const content = resizeRgb(rgb, target.width, target.height);
  const digest = sha256.create();
  digest.update(new Uint8Array(Uint32Array.of(rgb.width, rgb.height, content.width, content.height).buffer));
  digest.update(content.data);
  return { content, hash: bytesToHex(digest.digest()) };
}

/** Encodes a prepared raster's content: all outputs of the encoder that the manifest names, float32, batch 1. */
export async function encodeRaster(content: RgbRaster, session: GraphSession, manifest: Manifest): Promise<Features> {
  const { data, shape } = inputPixels(content, manifest.input);
  const [input] = session.spec.inputs;
  const result = await session.run({ [input!.name]: session.tensor(data, shape) });
  return keepFeatures(result, manifest, (values, dims) => session.tensor(values, dims));
}
