import * as z from "zod";
import { graphs } from "./manifestParts.js";

const { graph } = graphs;
const name = z.string().min(1);

/** Three graphs: what all prompts of a picture share, the prompts' tokens, the masks. Batched over prompts. */
const split = z.strictObject({ layout: z.literal("split"), context: graph, tokens: graph, upscale: graph });

/** One graph from embedding and prompts to masks, as public exports have it. Inputs and outputs are named by role. */
const joint = z.strictObject({
  layout: z.literal("joint"),
  graph,
  inputs: z.strictObject({
    /** The main embedding; further outputs of the encoder are fed by name. */
    embedding: name,
    /** [B, N, 2] or [1, B, N, 2]: x, y. */
    point_coords: name,
    /** The same without the last axis: 1 foreground, 0 background, 2 and 3 a box's corners, -1 padding. */
    point_labels: name,
    mask_input: name.optional(),
    has_mask_input: name.optional(),
    /** Shape [2], height and width to which the graph scales the masks it is not asked for. */
    orig_im_size: name.optional(),
    /** Shape [1, B, 4], x0, y0, x1, y1. */
    box: name.optional(),
  }),
  outputs: z.strictObject({
    /** Logits at `masks.low_res`. */
    low_res: name.optional(),
    /** Logits at another size, where there is no `low_res`: the graph is asked for that one. */
    masks: name.optional(),
    predicted_iou: name,
    object_score: name.optional(),
  }),
  points: z.strictObject({
    /** Coordinates in pixels of the model's input, or in parts of its side. */
    frame: z.enum(["input-pixels", "normalised"]),
    /** Who adds the padding point: the caller (unless there is a box), or the graph. */
    pad: z.enum(["caller", "graph"]),
    /** Whether one run answers several prompts of one shape. */
    batched: z.boolean(),
    /** How a box is given; `none`: the graph takes no boxes. */
    box: z.enum(["corner-points", "own-input", "none"]),
  }),
});

export const decoderSchema = z.discriminatedUnion("layout", [split, joint]);

export type SplitSpec = z.infer<typeof split>;
export type JointSpec = z.infer<typeof joint>;
