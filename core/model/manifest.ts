import { z } from "zod";
import { MasksmithError } from "../errors.js";

/**
 * The manifest is the only place that knows a model: shapes, names, normalisation, thresholds, ranking. Another member
 * of the family is another manifest.
 */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hex digits");
/** A plain file name: a model never reads outside its own folder. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "must be a plain file name without folders");
const triple = z.tuple([z.number(), z.number(), z.number()]);
/** A fixed size, or the name of a free dimension ("B" prompts, "P" prompt tokens). */
const dimension = z.union([z.number().int().positive(), z.string().min(1)]);

const tensor = z.strictObject({
  name: z.string().min(1),
  type: z.enum(["float32", "int64", "uint8"]),
  shape: z.array(dimension),
});

const graph = z.strictObject({
  file: fileName,
  inputs: z.array(tensor).min(1),
  outputs: z.array(tensor).min(1),
});

const encoder = z.strictObject({
  file: fileName,
  arithmetic: z.enum(["fp32", "int8", "fp16"]),
  /** Backends it is meant for; absent: all. */
  backends: z.array(z.enum(["wasm", "webgpu"])).optional(),
  input: tensor,
  output: tensor,
});

const table = z.strictObject({ offset: z.number().int().nonnegative(), shape: z.array(z.number().int().positive()) });

const probe = z.strictObject({ at: z.array(z.number().int().nonnegative()).length(3), value: z.number() });

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, "must be lower-case letters, digits, dots and dashes"),
  name: z.string().min(1),
  version: z.string().regex(/^\d+\.\d+\.\d+$/, "must be x.y.z"),
  family: z.string().min(1),
  licence: z.strictObject({ spdx: z.string().min(1), note: z.string() }),
  provenance: z.string().min(1),
  files: z.record(fileName, z.strictObject({ bytes: z.number().int().positive(), sha256 })),
  input: z.strictObject({
    /** Side of the square input, in pixels. */
    size: z.number().int().positive(),
    /** pad: keep the aspect, long side to `size`, padding right and bottom. */
    aspect: z.literal("pad"),
    resize: z.literal("pillow-bilinear"),
    channels: z.literal("RGB"),
    mean: triple,
    std: triple,
    /** Value of the padding, after normalisation. */
    pad_value: z.number(),
    /** Who normalises: the caller, or the graph. */
    normalise: z.literal("caller"),
  }),
  embedding: z.strictObject({ shape: triple }),
  encoders: z.record(z.string(), encoder),
  session: z.strictObject({ extra: z.record(z.string(), z.unknown()) }).optional(),
  prompt: z.strictObject({
    file: fileName,
    /** float32, little endian, offsets in bytes. */
    tables: z.strictObject({ gaussian: table, point_embeddings: table, not_a_point: table, no_mask: table }),
    /** Who adds the padding point, and when. */
    padding_point: z.enum(["caller-unless-box", "never"]),
    mask_input: z.strictObject({ file: fileName, input: tensor, output: tensor }),
  }),
  decoder: z.strictObject({ layout: z.literal("split"), context: graph, tokens: graph, upscale: graph }),
  masks: z.strictObject({
    low_res: z.tuple([z.number().int().positive(), z.number().int().positive()]),
    threshold: z.number(),
    stability_offset: z.number(),
    /** Index of the single-mask token. */
    single: z.number().int().nonnegative(),
    /** Indices of the ambiguity tokens. */
    candidates: z.array(z.number().int().nonnegative()).min(1),
    ranking: z.enum(["predicted_iou", "stability"]),
  }),
  golden: z.strictObject({
    picture: z.strictObject({
      generator: z.literal("disc-1"),
      width: z.number().int().positive(),
      height: z.number().int().positive(),
    }),
    tolerance: z.strictObject({ embedding: z.number(), predicted_iou: z.number(), logits: z.number() }),
    encoders: z.record(
      z.string(),
      z.strictObject({
        embedding_probes: z.array(probe).min(1),
        prediction: z.strictObject({
          point: z.tuple([z.number(), z.number()]),
          predicted_iou: z.array(z.number()).min(1),
          logits_probes: z.array(probe).min(1),
        }),
      }),
    ),
  }),
});

/** A validated manifest. Field names are the file's own (snake_case). */
export type Manifest = z.infer<typeof manifestSchema>;
export type TensorSpec = z.infer<typeof tensor>;
export type GraphSpec = z.infer<typeof graph>;

/**
 * Validates a manifest read from a file or a package.
 * @throws MasksmithError `model`, one line that names the field and what was expected.
 */
export function parseManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const field = issue.path.length > 0 ? issue.path.join(".") : "manifest";
    throw new MasksmithError("model", `Model manifest: ${field}: ${issue.message}`);
  }
  const manifest = result.data;
  for (const file of usedFiles(manifest)) {
    if (!(file in manifest.files)) {
      throw new MasksmithError("model", `Model manifest of ${manifest.id}: files lists no ${JSON.stringify(file)}`);
    }
  }
  for (const name of Object.keys(manifest.encoders)) {
    if (!(name in manifest.golden.encoders)) {
      throw new MasksmithError("model", `Model manifest of ${manifest.id}: golden has no check for encoder ${name}`);
    }
  }
  return manifest;
}

/** An encoder as a graph. */
export function encoderSpec(manifest: Manifest, name: string): GraphSpec {
  const { file, input, output } = manifest.encoders[name]!;
  return { file, inputs: [input], outputs: [output] };
}

function usedFiles(manifest: Manifest): string[] {
  const { decoder, prompt, encoders } = manifest;
  return [
    ...Object.values(encoders).map((entry) => entry.file),
    prompt.file,
    prompt.mask_input.file,
    decoder.context.file,
    decoder.tokens.file,
    decoder.upscale.file,
  ];
}
