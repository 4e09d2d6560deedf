import { embeddingOf, planarEncoder, sideOf } from "./encoders.js";
import { officialDecoder, officialDecoderSpec } from "./officialDecoder.js";
import { type Adapter, externalOf, type FoundGraph, PLAIN_INPUT, pick, spec } from "./types.js";

const INPUT = "input_image";
const OUTPUT = "image_embeddings";

/**
 * samexporter's SAM and MobileSAM: the official decoder beside an encoder that normalises and pads by itself
 * (`--use-preprocess`: rows of RGB pixels 0..255 of any size up to the model's) or leaves both to the caller.
 */
export const samexporter: Adapter = {
  name: "samexporter",
  needs: `samexporter's encoder (${INPUT} -> ${OUTPUT}) and the official SAM decoder`,
  match(graphs) {
    const decoder = officialDecoder(graphs);
    const raw = pick(graphs, isRaw);
    const encoder = raw ?? planarEncoder(graphs, [INPUT, OUTPUT]);
    if (!decoder || !encoder) return undefined;
    const size = raw ? 1024 : sideOf(encoder, 2);
    const [channels, height, width] = embeddingOf(encoder, OUTPUT, size);
    const how = raw ? "takes pixels as they are, normalises and pads itself" : "takes normalised, padded pixels";
    return {
      family: "sam",
      description: `a samexporter export of SAM or MobileSAM: encoder ${encoder.file} ${how}; decoder ${decoder.file}`,
      input: raw ? { ...PLAIN_INPUT, size, normalise: "graph", layout: "HWC", free: true } : { ...PLAIN_INPUT, size },
      embedding: { shape: [channels, height, width] },
      encoder: {
        file: encoder.file,
        ...externalOf(encoder.info),
        arithmetic: "fp32",
        input: spec(encoder.info.inputs, INPUT),
        output: spec(encoder.info.outputs, OUTPUT, [1, channels, height, width]),
      },
      decoder: officialDecoderSpec(decoder),
      masks: { low_res: [4 * height, 4 * width], ranking: "predicted_iou" },
    };
  },
};

function isRaw({ info: { inputs, outputs } }: FoundGraph): boolean {
  const [input] = inputs;
  if (inputs.length !== 1 || input?.name !== INPUT || outputs[0]?.name !== OUTPUT) return false;
  return input.shape?.length === 3 && input.shape[2] === 3;
}
