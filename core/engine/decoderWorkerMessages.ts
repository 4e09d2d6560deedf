import * as z from "zod";
import type { CropTask, DecodedPoints, PointBatch } from "../auto/cropTask.js";
import type { ScoutedPoints } from "../auto/scoutedPoints.js";
import type { Placement } from "../types.js";

const count = z.number().int().nonnegative();
const floats = z.instanceof(Float32Array);
const words = z.instanceof(Uint32Array);
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be a Uint8Array");
const size = z.object({ width: count, height: count });
const corners = { x0: z.number(), y0: z.number(), x1: z.number(), y1: z.number() };

const runtime = z.strictObject({
  backend: z.enum(["wasm", "webgpu", "native"]),
  threads: z.number().int().positive(),
  wasmBinary: bytes.optional(),
  wasmPaths: z.string().optional(),
});
const graph = z.union([
  z.strictObject({ bytes, external: z.array(z.strictObject({ path: z.string(), data: bytes })).readonly() }),
  z.strictObject({ path: z.string() }),
]);

/** The decoder's files, checked by hash already, and how to run them. Sent once to each worker. */
export const loadMessage = z.strictObject({
  manifest: z.unknown(),
  /** Tables of the prompt encoder, where the decoder takes tokens. */
  prompts: bytes.optional(),
  /** In the order of `decoderGraphs`. */
  graphs: z.array(graph),
  runtime,
});
export type LoadMessage = z.infer<typeof loadMessage>;

/** An encoder's file, checked by hash already, and how to run it. */
export const loadEncoderMessage = z.strictObject({ manifest: z.unknown(), encoder: z.string(), graph, runtime });
export type LoadEncoderMessage = z.infer<typeof loadEncoderMessage>;

/** A picture, resized for the encoder. */
export const encodeMessage = z
  .strictObject({ width: count, height: count, channels: z.literal(3), data: bytes })
  .refine(({ width, height, data }) => data.length === width * height * 3, "three bytes a pixel");

/** See `packFeatures`. */
export const encodedMessage = floats;

const placement: z.ZodType<Placement> = z.custom<Placement>(
  (value) =>
    z.object({ document: size, region: z.object(corners), image: size, content: size, input: count }).safeParse(value)
      .success,
  "must be a placement",
);

export const cropMessage: z.ZodType<CropTask> = z.strictObject({
  embedding: floats,
  placement,
  crop: z.strictObject({ ...corners, layer: count }),
  settings: z.object({
    predIouThresh: z.number(),
    stabilityScoreThresh: z.number(),
    stabilityScoreOffset: z.number(),
    ranked: z.boolean(),
  }),
  firstId: count,
});

const batch = { indices: words, positions: z.instanceof(Float64Array) };
const fits = ({ indices, positions }: PointBatch) => positions.length === 2 * indices.length;

export const scoutMessage: z.ZodType<PointBatch> = z.strictObject(batch).refine(fits, "two numbers a point");
export const decodeMessage: z.ZodType<PointBatch & { readonly sketches: boolean }> = z
  .strictObject({ ...batch, sketches: z.boolean() })
  .refine(fits, "two numbers a point");

export const decodedMessage: z.ZodType<DecodedPoints> = z.strictObject({
  indices: words,
  predictedIou: floats,
  stability: floats,
  found: z.array(
    z.strictObject({
      id: count,
      predictedIou: z.number(),
      stabilityScore: z.number(),
      box: z.strictObject({ left: count, top: count, right: count, bottom: count }),
      point: z.strictObject({ x: z.number(), y: z.number() }),
      mask: z.strictObject({ size: z.tuple([count, count]), counts: words }),
      specks: count.exactOptional(),
    }),
  ),
  sketches: words,
});

export const scoutedMessage: z.ZodType<ScoutedPoints> = z.strictObject({
  indices: words,
  candidates: bytes,
  worth: floats,
  sketches: words,
});
