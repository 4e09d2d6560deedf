import { embeddingOf, planarEncoder, sideOf } from "./encoders.js";
import { officialDecoder, officialDecoderSpec } from "./officialDecoder.js";
import { type Adapter, externalOf, PLAIN_INPUT, spec } from "./types.js";

/**
 * The official export of the decoder (segment_anything, scripts/export_onnx_model.py, with one mask or all four) beside an
 * encoder exported as the module is: normalised, padded planes in, embedding out.
 */
export const official: Adapter = {
  name: "official",
  needs:
    "the official SAM decoder (image_embeddings, point_coords, ... -> low_res_masks) and an encoder of [1, 3, 1024, 1024]",
  match(graphs) {
    const decoder = officialDecoder(graphs);
    const encoder = planarEncoder(graphs);
    if (!decoder || !encoder) return undefined;
    const [input] = encoder.info.inputs;
    const [output] = encoder.info.outputs;
    const size = sideOf(encoder, 2);
    const [channels, height, width] = embeddingOf(encoder, output!.name, size);
    return {
      family: "sam",
      description: `the official SAM export: encoder ${encoder.file} (normalised ${size} x ${size}, padded), decoder ${decoder.file}`,
      input: { ...PLAIN_INPUT, size },
      embedding: { shape: [channels, height, width] },
      encoder: {
        file: encoder.file,
        ...externalOf(encoder.info),
        arithmetic: "fp32",
        input: spec(encoder.info.inputs, input!.name, [1, 3, size, size]),
        output: spec(encoder.info.outputs, output!.name, [1, channels, height, width]),
      },
      decoder: officialDecoderSpec(decoder),
      masks: { low_res: [4 * height, 4 * width], ranking: "predicted_iou" },
    };
  },
};
