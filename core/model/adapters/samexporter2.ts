import { embeddingOf, sideOf } from "./encoders.js";
import { type Adapter, externalOf, type FoundGraph, graphSpec, has, PLAIN_INPUT, pick, spec, takes } from "./types.js";

const FEATURES = ["high_res_feats_0", "high_res_feats_1"] as const;
const EMBEDDING = "image_embed";
const PROMPTS = ["point_coords", "point_labels", "mask_input", "has_mask_input"];

/** samexporter's SAM 2 and 2.1: stretched input, finer features beside the embedding, padding point in the graph. */
export const samexporter2: Adapter = {
  name: "samexporter SAM 2",
  needs: "samexporter's SAM 2 encoder (image -> image_embed, high_res_feats_0, high_res_feats_1) and decoder",
  match(graphs) {
    const encoder = pick(graphs, ({ info }) => info.inputs.length === 1 && has(info.outputs, EMBEDDING, ...FEATURES));
    const decoder = pick(graphs, isDecoder);
    if (!encoder || !decoder) return undefined;
    const size = sideOf(encoder, 2);
    const [channels, height, width] = embeddingOf(encoder, EMBEDDING, size);
    const { inputs, outputs } = encoder.info;
    const scales = [4, 2] as const;
    const scaled = has(decoder.info.inputs, "orig_im_size");
    return {
      family: "sam2",
      description: `a samexporter export of SAM 2: encoder ${encoder.file} (stretched to ${size} x ${size}), decoder ${decoder.file}`,
      input: { ...PLAIN_INPUT, size, aspect: "stretch" },
      embedding: { shape: [channels, height, width] },
      encoder: {
        file: encoder.file,
        ...externalOf(encoder.info),
        arithmetic: "fp32",
        input: spec(inputs, inputs[0].name, [1, 3, size, size]),
        output: spec(outputs, EMBEDDING, [1, channels, height, width]),
        extra: FEATURES.map((name, i) =>
          spec(outputs, name, [1, channels / [8, 4][i], height * scales[i], width * scales[i]]),
        ),
      },
      decoder: {
        layout: "joint",
        graph: graphSpec(decoder, ["masks", "iou_predictions"]),
        inputs: {
          embedding: EMBEDDING,
          point_coords: "point_coords",
          point_labels: "point_labels",
          mask_input: "mask_input",
          has_mask_input: "has_mask_input",
          ...(scaled ? { orig_im_size: "orig_im_size" } : {}),
        },
        outputs: { masks: "masks", predicted_iou: "iou_predictions" },
        points: { frame: "input-pixels", pad: "graph", batched: false, box: "corner-points" },
      },
      masks: { low_res: [4 * height, 4 * width], ranking: "predicted_iou" },
    };
  },
};

function isDecoder(graph: FoundGraph): boolean {
  return (
    takes(graph, [EMBEDDING, ...FEATURES, ...PROMPTS], ["orig_im_size"]) &&
    has(graph.info.outputs, "masks", "iou_predictions")
  );
}
