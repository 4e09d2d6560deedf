import * as z from "zod";

const probe = z.strictObject({ at: z.array(z.number().int().nonnegative()).length(3), value: z.number() });

/** Values that every backend must reproduce before it is used. */
export const goldenSchema = z.strictObject({
  picture: z.strictObject({
    generator: z.literal("disc-1"),
    width: z.number().int().positive().max(4096),
    height: z.number().int().positive().max(4096),
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
});
