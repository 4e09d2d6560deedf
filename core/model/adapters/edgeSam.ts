import { embeddingOf, planarEncoder, sideOf } from "./encoders.js";
import { type Adapter, externalOf, graphSpec, has, PLAIN_INPUT, pick, spec, takes } from "./types.js";

const EMBEDDING = "image_embeddings";

/**
 * EdgeSAM's export (scripts/export_onnx_model.py): points and box corners without padding point, no mask prompts. Its predicted
 * IoUs are not distilled from the teacher, so its masks are ranked by stability.
 */
export const edgeSam: Adapter = {
  name: "EdgeSAM",
  needs: "EdgeSAM's encoder (image -> image_embeddings) and decoder (-> scores, masks)",
  match(graphs) {
    const encoder = planarEncoder(graphs, ["image", EMBEDDING]);
    const decoder = pick(
      graphs,
      (graph) =>
        takes(graph, [EMBEDDING, "point_coords", "point_labels"]) && has(graph.info.outputs, "scores", "masks"),
    );
    if (!encoder || !decoder) return undefined;
    const size = sideOf(encoder, 2);
    const shape = embeddingOf(encoder, EMBEDDING, size);
    return {
      family: "sam",
      description: `an EdgeSAM export: encoder ${encoder.file} (normalised ${size} x ${size}, padded), decoder ${decoder.file}`,
      input: { ...PLAIN_INPUT, size },
      embedding: { shape },
      encoder: {
        file: encoder.file,
        ...externalOf(encoder.info),
        arithmetic: "fp32",
        input: spec(encoder.info.inputs, "image", [1, 3, size, size]),
        output: spec(encoder.info.outputs, EMBEDDING, [1, ...shape]),
      },
      decoder: {
        layout: "joint",
        graph: graphSpec(decoder, ["scores", "masks"]),
        inputs: { embedding: EMBEDDING, point_coords: "point_coords", point_labels: "point_labels" },
        outputs: { low_res: "masks", predicted_iou: "scores" },
        points: { frame: "input-pixels", pad: "graph", batched: false, box: "corner-points" },
      },
      masks: { low_res: [4 * shape[1], 4 * shape[2]], ranking: "stability" },
    };
  },
};
