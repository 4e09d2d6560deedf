import * as z from "zod";

/** A plain file name: a model never reads outside its own folder. */
export const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be a plain file name without folders");

/** A fixed size, or the name of a free dimension ("B" prompts, "P" prompt tokens). */
const dimension = z.union([z.number().int().positive(), z.string().min(1)]);

export const tensor = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["float32", "float16", "int64", "int32", "uint8", "bool"]),
  shape: z.array(dimension),
});

/** Files beside the graph that hold its weights, where those are too large for it. */
const external = z.array(fileName).optional();

const graph = z.strictObject({
  file: fileName,
  external,
  inputs: z.array(tensor).min(1),
  outputs: z.array(tensor).min(1),
});

const encoder = z.strictObject({
  file: fileName,
  external,
  arithmetic: z.enum(["fp32", "int8", "fp16"]),
  /** Backends it is meant for; absent: all. */
  backends: z.array(z.enum(["wasm", "webgpu", "native"])).optional(),
  /** Bytes its intermediate results take at most, where somebody has measured it. */
  activations: z.number().int().positive().optional(),
  input: tensor,
  output: tensor,
  /** More outputs, kept with the embedding: a decoder graph's input of the same name is fed from there. */
  extra: z.array(tensor).optional(),
});

export const graphs = { graph, encoder };
