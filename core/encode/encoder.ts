import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Tensor } from "onnxruntime-web";
import type { Manifest } from "../model/manifest.js";
import type { RgbRaster } from "../raster.js";
import { floatData, type GraphSession } from "../runtime/session.js";
import { normaliseAndPad } from "./normalise.js";
import { resizedSize, resizeRgb } from "./resize.js";

/** A raster resized to the model's content size, with a key that stands for its pixels. */
export interface PreparedRaster {
  readonly content: RgbRaster;
  /** sha256 over size and pixels of `content`, hex. */
  readonly hash: string;
}

/** Resizes a picture as the original does (`ResizeLongestSide`, Pillow's bilinear). Pure; needs no session. */
export function prepareRaster(rgb: RgbRaster, manifest: Manifest): PreparedRaster {
  const target = resizedSize(rgb.width, rgb.height, manifest.input.size);
  const content = resizeRgb(rgb, target.width, target.height);
  const digest = sha256.create();
  digest.update(new Uint8Array(Uint32Array.of(rgb.width, rgb.height, content.width, content.height).buffer));
  digest.update(content.data);
  return { content, hash: bytesToHex(digest.digest()) };
}

/** Encodes a prepared raster's content: float32 [1, C, H, W]. */
export async function encodeRaster(content: RgbRaster, session: GraphSession, manifest: Manifest): Promise<Tensor> {
  const { size, mean, std, pad_value } = manifest.input;
  const pixels = normaliseAndPad(content, size, mean, std, pad_value);
  const [input] = session.spec.inputs;
  const [output] = session.spec.outputs;
  const result = await session.run({ [input!.name]: session.tensor(pixels, [1, 3, size, size]) });
  floatData(result, output!.name);
  return result[output!.name]!;
}
