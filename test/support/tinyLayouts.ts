import { type Bytes, floats, INT64, integers, model, node, type Value } from "./onnx.js";

/**
 * Models of a few operators in public layouts, whose answers tell what they were fed: of 64x64 pixels, with an embedding of 4x4
 * and masks of 16x16. `echo` decoders give as masks the prompt's mask, then the averaged colours of the picture; as predicted
 * IoUs the sums of coordinates and labels.
 */
type Files = Readonly<Record<string, Uint8Array>>;

const CONSTANTS = [
  integers("one_one", [1, 1]),
  integers("points", [2, 3]),
  integers("labels_axis", [2]),
  integers("last", [2]),
];

const pooled = (input: string, output: string, side: number) =>
  node("AveragePool", [input], [output], { kernel_shape: [side, side], strides: [side, side] });

/** One number out of a whole tensor, [1, 1]. */
const total = (input: string, output: string): Bytes[] => [
  node("ReduceSum", [input], [`${output}_sum`]),
  node("Reshape", [`${output}_sum`, "one_one"], [output]),
];

const COORDS: Value[] = [
  ["point_coords", [1, "num_points", 2]],
  ["point_labels", [1, "num_points"]],
  ["mask_input", [1, 1, 16, 16]],
  ["has_mask_input", [1]],
];

/** plane 0: the mask prompt; planes 1 to 3: `planes`. */
function echo(planes: string, output: string): Bytes[] {
  return [
    node("Mul", ["mask_input", "has_mask_input"], ["own"]),
    node("Concat", ["own", planes], [output], { axis: 1 }),
    ...total("point_coords", "a"),
    ...total("point_labels", "b"),
    ...total("has_mask_input", "c"),
    ...total(planes, "d"),
    node("Concat", ["a", "b", "c", "d"], ["iou_predictions"], { axis: 1 }),
  ];
}

/** samexporter's SAM 2: stretched, finer features by name, padding in the graph. */
export const samexporter2: Files = {
  "tiny.encoder.onnx": model({
    inputs: [["image", [1, 3, 64, 64]]],
    outputs: [
      ["high_res_feats_0", [1, 3, 16, 16]],
      ["high_res_feats_1", [1, 3, 8, 8]],
      ["image_embed", [1, 3, 4, 4]],
    ],
    nodes: [
      pooled("image", "high_res_feats_0", 4),
      pooled("image", "high_res_feats_1", 8),
      pooled("image", "image_embed", 16),
    ],
  }),
  "tiny.decoder.onnx": model({
    inputs: [
      ["image_embed", [1, 3, 4, 4]],
      ["high_res_feats_0", [1, 3, 16, 16]],
      ["high_res_feats_1", [1, 3, 8, 8]],
      ...COORDS,
    ],
    outputs: [
      ["masks", [1, 4, 16, 16]],
      ["iou_predictions", [1, 4]],
    ],
    constants: CONSTANTS,
    nodes: echo("high_res_feats_0", "masks"),
  }),
};

const officialDecoder = model({
  inputs: [["image_embeddings", [1, 3, 4, 4]], ...COORDS, ["orig_im_size", [2]]],
  outputs: [
    ["masks", [1, 4, "h", "w"]],
    ["iou_predictions", [1, 4]],
    ["low_res_masks", [1, 4, 16, 16]],
  ],
  constants: [...CONSTANTS, floats("scales", [4], [1, 1, 4, 4]), floats("none", [0], [])],
  nodes: [
    node("Resize", ["image_embeddings", "", "scales"], ["planes"]),
    ...echo("planes", "low_res_masks"),
    node("Identity", ["low_res_masks"], ["masks"]),
    node("Identity", ["orig_im_size"], ["unused"]),
  ],
});

/** samexporter's SAM: rows of raw pixels of any size. What is not there counts as black, after no normalisation at all. */
export const samexporter: Files = {
  "tiny.encoder.onnx": model({
    inputs: [["input_image", ["image_height", "image_width", 3]]],
    outputs: [["image_embeddings", [1, 3, 4, 4]]],
    constants: [integers("axis", [0]), integers("fixed", [1, 3, 4, 4])],
    nodes: [
      node("Transpose", ["input_image"], ["planes"], { perm: [2, 0, 1] }),
      node("Unsqueeze", ["planes", "axis"], ["batch"]),
      node("GlobalAveragePool", ["batch"], ["mean"]),
      node("Expand", ["mean", "fixed"], ["image_embeddings"]),
    ],
  }),
  "tiny.decoder.onnx": officialDecoder,
};

/** The official export beside an encoder of any name. */
export const official: Files = {
  "sam_encoder.onnx": model({
    inputs: [["x", [1, 3, 64, 64]]],
    outputs: [["features", [1, 3, 4, 4]]],
    nodes: [pooled("x", "features", 16)],
  }),
  "sam_decoder.onnx": officialDecoder,
};

/** transformers.js: four-dimensional points, several prompts a run, positional embeddings fed on, no boxes. */
export const transformersJs: Files = {
  "vision_encoder.onnx": model({
    inputs: [["pixel_values", ["batch_size", 3, 64, 64]]],
    outputs: [
      ["image_embeddings", ["batch_size", 3, 4, 4]],
      ["image_positional_embeddings", ["batch_size", 3, 4, 4]],
    ],
    nodes: [
      pooled("pixel_values", "image_embeddings", 16),
      node("Neg", ["image_embeddings"], ["image_positional_embeddings"]),
    ],
  }),
  "prompt_encoder_mask_decoder.onnx": model({
    inputs: [
      ["input_points", ["batch_size", "point_batch_size", "nb_points_per_image", 2]],
      ["input_labels", ["batch_size", "point_batch_size", "nb_points_per_image"], INT64],
      ["image_embeddings", ["batch_size", 3, 4, 4]],
      ["image_positional_embeddings", ["batch_size", 3, 4, 4]],
    ],
    outputs: [
      ["iou_scores", ["batch_size", "point_batch_size", 3]],
      ["pred_masks", ["batch_size", "point_batch_size", 3, 16, 16]],
    ],
    constants: [...CONSTANTS, floats("scales", [4], [1, 1, 4, 4])],
    nodes: [
      node("ReduceSum", ["input_points", "points"], ["xy"], { keepdims: 0 }),
      node("Unsqueeze", ["xy", "last"], ["a"]),
      node("Cast", ["input_labels"], ["labels"], { to: 1 }),
      node("ReduceSum", ["labels", "labels_axis"], ["b"], { keepdims: 1 }),
      ...total("image_positional_embeddings", "positions"),
      node("Mul", ["a", "positions"], ["scaled"]),
      node("Div", ["scaled", "a"], ["c"]),
      node("Concat", ["a", "b", "c"], ["iou_scores"], { axis: 2 }),
      node("Resize", ["image_embeddings", "", "scales"], ["planes"]),
      node("Sub", ["a", "a"], ["zeros"]),
      node("Unsqueeze", ["zeros", "points"], ["zeros_5"]),
      node("Add", ["planes", "zeros_5"], ["pred_masks"]),
    ],
  }),
};

/** EdgeSAM: no padding point, no mask prompts, scores that say nothing: two masks, the second the more stable. */
export const edgeSam: Files = {
  "edge_sam_encoder.onnx": model({
    inputs: [["image", [1, 3, 64, 64]]],
    outputs: [["image_embeddings", [1, 3, 4, 4]]],
    nodes: [pooled("image", "image_embeddings", 16)],
  }),
  "edge_sam_decoder.onnx": model({
    inputs: [["image_embeddings", [1, 3, 4, 4]], ...COORDS.slice(0, 2)],
    outputs: [
      ["scores", [1, 2]],
      ["masks", [1, 2, 16, 16]],
    ],
    constants: [
      integers("one_one", [1, 1]),
      integers("colours", [1]),
      floats("scales", [4], [1, 1, 4, 4]),
      floats("faint", [1], [0.9]),
      floats("strong", [1], [100]),
    ],
    nodes: [
      ...total("point_coords", "a"),
      ...total("point_labels", "b"),
      node("Concat", ["a", "b"], ["scores"], { axis: 1 }),
      node("Resize", ["image_embeddings", "", "scales"], ["planes"]),
      node("ReduceSum", ["planes", "colours"], ["grey"]),
      node("Tanh", ["grey"], ["limited"]),
      node("Mul", ["limited", "faint"], ["weak"]),
      node("Mul", ["limited", "strong"], ["clear"]),
      node("Concat", ["weak", "clear"], ["masks"], { axis: 1 }),
    ],
  }),
};
