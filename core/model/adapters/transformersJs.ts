import type { JointSpec } from "../manifest.js";
import { embeddingOf, sideOf } from "./encoders.js";
import {
  type Adapter,
  externalOf,
  type FoundGraph,
  graphSpec,
  has,
  type Layout,
  PLAIN_INPUT,
  pick,
  spec,
  takes,
} from "./types.js";

const POSITIONS = "image_positional_embeddings";
const LEVELS = ["image_embeddings.0", "image_embeddings.1", "image_embeddings.2"] as const;
const OUTPUTS = ["iou_scores", "pred_masks"];

/**
 * transformers.js' folders: vision_encoder and prompt_encoder_mask_decoder of SAM, MobileSAM, SlimSAM, or of SAM 2 (finer
 * features). Boxes only where the decoder has an input for them, as SAM 2's has. Several prompts a run; three masks each.
 */
export const transformersJs: Adapter = {
  name: "transformers.js",
  needs: "transformers.js' vision_encoder (pixel_values -> image_embeddings...) and prompt_encoder_mask_decoder",
  match: (graphs) => matchSam(graphs) ?? matchSam2(graphs),
};

function matchSam(graphs: readonly FoundGraph[]): Layout | undefined {
  const encoder = pick(
    graphs,
    ({ info }) => info.inputs.length === 1 && has(info.outputs, "image_embeddings", POSITIONS),
  );
  const prompts = ["input_points", "input_labels"];
  const decoder = pick(
    graphs,
    (graph) =>
      takes(graph, ["image_embeddings", POSITIONS, ...prompts], ["input_boxes"]) && has(graph.info.outputs, ...OUTPUTS),
  );
  if (!encoder || !decoder) return undefined;
  const size = sideOf(encoder, 2);
  const shape = embeddingOf(encoder, "image_embeddings", size);
  return {
    family: "sam",
    description: `a transformers.js folder of the SAM family: ${encoder.file} (normalised, padded), ${decoder.file}`,
    ...common(encoder, size, "pad", "image_embeddings", shape, [[POSITIONS, [1, ...shape]]]),
    decoder: decoderSpec(decoder, "image_embeddings"),
  };
}

function matchSam2(graphs: readonly FoundGraph[]): Layout | undefined {
  const encoder = pick(graphs, ({ info }) => info.inputs.length === 1 && has(info.outputs, ...LEVELS));
  const prompts = ["input_points", "input_labels"];
  const decoder = pick(
    graphs,
    (graph) => takes(graph, [...LEVELS, ...prompts], ["input_boxes"]) && has(graph.info.outputs, ...OUTPUTS),
  );
  if (!encoder || !decoder) return undefined;
  const size = sideOf(encoder, 2);
  const [fine, middle, main] = LEVELS;
  const shape = embeddingOf(encoder, main, size);
  const [channels, height, width] = shape;
  return {
    family: "sam2",
    description: `a transformers.js folder of SAM 2: ${encoder.file} (stretched to ${size} x ${size}), ${decoder.file}`,
    ...common(encoder, size, "stretch", main, shape, [
      [fine, [1, channels / 8, 4 * height, 4 * width]],
      [middle, [1, channels / 4, 2 * height, 2 * width]],
    ]),
    decoder: decoderSpec(decoder, main),
  };
}

function common(
  { file, info }: FoundGraph,
  size: number,
  aspect: "pad" | "stretch",
  main: string,
  shape: [number, number, number],
  extra: readonly (readonly [string, number[]])[],
): Pick<Layout, "input" | "embedding" | "encoder" | "masks"> {
  return {
    input: { ...PLAIN_INPUT, size, aspect },
    embedding: { shape },
    encoder: {
      file,
      ...externalOf(info),
      arithmetic: "fp32",
      input: spec(info.inputs, info.inputs[0].name, [1, 3, size, size]),
      output: spec(info.outputs, main, [1, ...shape]),
      extra: extra.map(([name, sides]) => spec(info.outputs, name, sides)),
    },
    masks: { low_res: [4 * shape[1], 4 * shape[2]], ranking: "predicted_iou" },
  };
}

function decoderSpec(decoder: FoundGraph, embedding: string): JointSpec {
  const { inputs, outputs } = decoder.info;
  const boxes = has(inputs, "input_boxes");
  const score = has(outputs, "object_score_logits");
  return {
    layout: "joint",
    graph: graphSpec(decoder, [...OUTPUTS, ...(score ? ["object_score_logits"] : [])]),
    inputs: {
      embedding,
      point_coords: "input_points",
      point_labels: "input_labels",
      ...(boxes ? { box: "input_boxes" } : {}),
    },
    outputs: {
      low_res: "pred_masks",
      predicted_iou: "iou_scores",
      ...(score ? { object_score: "object_score_logits" } : {}),
    },
    points: { frame: "input-pixels", pad: "graph", batched: true, box: boxes ? "own-input" : "none" },
  };
}
