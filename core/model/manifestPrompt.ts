import * as z from "zod";
import { fileName, tensor } from "./manifestParts.js";

const table = z.strictObject({ offset: z.number().int().nonnegative(), shape: z.array(z.number().int().positive()) });

/** How prompts become tokens. */
export const promptSchema = z.strictObject({
  file: fileName,
  /** float32, little endian, offsets in bytes. */
  tables: z.strictObject({ gaussian: table, point_embeddings: table, not_a_point: table, no_mask: table }),
  /** Added to coordinates before they are encoded, in pixels of the model's input; default 0.5, the pixel's centre. */
  offset: z.number().optional(),
  /** Who adds the padding point, and when. */
  padding_point: z.enum(["caller-unless-box", "always", "never"]),
  mask_input: z.strictObject({
    file: fileName,
    external: z.array(fileName).optional(),
    input: tensor,
    output: tensor,
  }),
});
