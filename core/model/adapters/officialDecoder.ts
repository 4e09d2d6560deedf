import type { JointSpec } from "../manifest.js";
import { type FoundGraph, graphSpec, has, pick, takes } from "./types.js";

const INPUTS = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"];

/** The decoder that segment_anything's export_onnx_model.py writes, whoever exported the encoder beside it. */
export function officialDecoder(graphs: readonly FoundGraph[]): FoundGraph | undefined {
  return pick(graphs, (graph) => takes(graph, INPUTS) && has(graph.info.outputs, "iou_predictions", "low_res_masks"));
}

/**
 * Its manifest entry. The masks that it scales to the picture's size are left alone: exports of the released package carry
 * the aspect of their example in that part.
 */
export function officialDecoderSpec(graph: FoundGraph): JointSpec {
  return {
    layout: "joint",
    graph: graphSpec(graph, ["iou_predictions", "low_res_masks"]),
    inputs: {
      embedding: "image_embeddings",
      point_coords: "point_coords",
      point_labels: "point_labels",
      mask_input: "mask_input",
      has_mask_input: "has_mask_input",
      orig_im_size: "orig_im_size",
    },
    outputs: { low_res: "low_res_masks", predicted_iou: "iou_predictions" },
    points: { frame: "input-pixels", pad: "caller", batched: false, box: "corner-points" },
  };
}
