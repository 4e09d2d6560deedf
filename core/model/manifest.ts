import * as z from "zod";
import { MasksmithError } from "../errors.js";
import { decoderSchema } from "./manifestDecoder.js";
import { goldenSchema } from "./manifestGolden.js";
import { fileName, graphs, type tensor } from "./manifestParts.js";
import { promptSchema } from "./manifestPrompt.js";

/**
 * The manifest is the only place that knows a model: shapes, names, normalisation, thresholds, ranking. Another member
 * of the family is another manifest.
 */

const triple = z.tuple([z.number(), z.number(), z.number()]);
/** Sides of pictures and grids. No model of the family comes near the bound; what is allocated by a manifest's word has one. */
const side = z.number().int().positive().max(4096);
const positive = z.number().positive();
const index = z.number().int().nonnegative().max(255);

const inputSchema = z.strictObject({
  /** Side of the square input, in pixels. */
  size: side,
  /** pad: keep the aspect, long side to `size`, padding right and bottom. stretch: both sides to `size`. */
  aspect: z.enum(["pad", "stretch"]),
  resize: z.literal("pillow-bilinear"),
  channels: z.enum(["RGB", "BGR"]),
  mean: triple,
  std: z.tuple([positive, positive, positive]),
  /** Value of the padding, after normalisation. */
  pad_value: z.number(),
  /** Who normalises: the caller, or the graph (which then gets 0..255). */
  normalise: z.enum(["caller", "graph"]),
  /** Order of the pixels; default NCHW. */
  layout: z.enum(["NCHW", "NHWC", "HWC"]).optional(),
  /** true: the graph pads; it gets the resized picture as it is. */
  free: z.boolean().optional(),
});

const masksSchema = z.strictObject({
  low_res: z.tuple([side, side]),
  threshold: z.number(),
  stability_offset: z.number(),
  /** Index of the single-mask token; "best": the model has none, its best candidate stands for it. */
  single: z.union([index, z.literal("best")]),
  /** The single mask gives way to the best candidate where its stability is below the threshold (SAM 2). */
  single_fallback: z.strictObject({ stability_offset: z.number().nonnegative(), threshold: z.number() }).optional(),
  /** Indices of the ambiguity tokens. */
  candidates: z.array(index).min(1).max(16),
  ranking: z.enum(["predicted_iou", "stability"]),
});

/** What a model may be called: its name is also a folder's. */
export const MODEL_ID = /^[a-z0-9][a-z0-9.-]{0,63}$/;
/** `MODEL_ID` in words, for messages. */
export const MODEL_ID_WORDS = "at most 64 lower-case letters, digits, dots and dashes";

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(MODEL_ID, `must be ${MODEL_ID_WORDS}`),
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "must be x.y.z"),
  family: z.string().min(1),
  licence: z.strictObject({ spdx: z.string().min(1), note: z.string() }),
  provenance: z.string().min(1),
  files: z.record(
    fileName,
    z.strictObject({
      bytes: z.number().int().positive(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits"),
    }),
  ),
  input: inputSchema,
  /** [channels, height, width] of the main embedding. */
  embedding: z.strictObject({ shape: z.tuple([side, side, side]) }),
  encoders: z.record(z.string(), graphs.encoder),
  /** How prompts become tokens; only where the decoder takes tokens (`split`). */
  prompt: promptSchema.optional(),
  decoder: decoderSchema,
  masks: masksSchema,
  golden: goldenSchema,
});

/** A validated manifest. Field names are the file's own (snake_case). */
export type Manifest = z.infer<typeof manifestSchema>;
export type TensorSpec = z.infer<typeof tensor>;
export type GraphSpec = z.infer<typeof graphs.graph>;
export type EncoderSpec = z.infer<typeof graphs.encoder>;
export type { JointSpec, SplitSpec } from "./manifestDecoder.js";
export type PromptSpec = NonNullable<Manifest["prompt"]>;

/**
 * Validates a manifest read from a file or a package.
 * @throws MasksmithError `model`, one line that names the field and what was expected.
 */
export function parseManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    const field = issue.path.length > 0 ? issue.path.join(".") : "manifest";
    // Of a key that is not allowed, the reason lies one deeper.
    const { message } = issue.code === "invalid_key" ? (issue.issues[0] ?? issue) : issue;
    throw new MasksmithError("model", `Model manifest: ${field}: ${message}`);
  }
  const manifest = result.data;
  const refuse = (what: string): never => {
    throw new MasksmithError("model", `Model manifest of ${manifest.id}: ${what}`);
  };
  const { layout } = manifest.decoder;
  if (layout === "split" && !manifest.prompt) refuse("prompt: a split decoder needs it");
  if (layout === "joint" && manifest.prompt) refuse("prompt: a joint decoder has none");
  for (const file of usedFiles(manifest)) {
    if (!Object.hasOwn(manifest.files, file)) refuse(`files lists no ${JSON.stringify(file)}`);
  }
  const { candidates } = manifest.masks;
  if (new Set(candidates).size < candidates.length) refuse(`masks.candidates [${candidates}] name one twice`);
  const encoders = Object.entries(manifest.encoders);
  if (encoders.length === 0) refuse("encoders: must name at least one");
  for (const [name, encoder] of encoders) {
    if (!Object.hasOwn(manifest.golden.encoders, name)) refuse(`golden has no check for encoder ${name}`);
    for (const { name: output, shape } of encoder.extra ?? []) {
      if (!shape.every((side) => typeof side === "number")) refuse(`encoder ${name}: ${output} must have fixed sizes`);
    }
    if (featureKey(encoder) !== featureKey(encoders[0][1])) refuse(`encoder ${name} has other output tensors`);
  }
  return manifest;
}

/** Encoders of one model stand for each other: what they put out is the same but for the numbers. */
function featureKey({ output, extra = [] }: EncoderSpec): string {
  return JSON.stringify([output.name, ...extra.map(({ name, shape }) => [name, shape])]);
}

/** Every graph of a model that is loaded with the given encoder, in the order of loading. */
export function graphsOf(manifest: Manifest, encoder: string): GraphSpec[] {
  const { file, external, input, output, extra = [] } = manifest.encoders[encoder];
  const first: GraphSpec = { file, inputs: [input], outputs: [output, ...extra], ...(external ? { external } : {}) };
  return [first, ...decoderGraphs(manifest), ...maskPromptGraph(manifest)];
}

/** The decoder's graphs. */
export function decoderGraphs({ decoder }: Manifest): GraphSpec[] {
  return decoder.layout === "joint" ? [decoder.graph] : [decoder.context, decoder.tokens, decoder.upscale];
}

/** The graph that embeds mask prompts, where it is one of its own. */
function maskPromptGraph({ prompt }: Manifest): GraphSpec[] {
  if (!prompt) return [];
  const { file, input, output, external } = prompt.mask_input;
  return [{ file, inputs: [input], outputs: [output], ...(external ? { external } : {}) }];
}

function usedFiles(manifest: Manifest): string[] {
  const encoders = Object.keys(manifest.encoders).flatMap((name) => graphsOf(manifest, name));
  return [
    ...encoders.flatMap(({ file, external = [] }) => [file, ...external]),
    ...(manifest.prompt ? [manifest.prompt.file] : []),
  ];
}
