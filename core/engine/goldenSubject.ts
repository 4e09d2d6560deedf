import type { Tensor } from "onnxruntime-web";
import { encodeRaster, prepareRaster } from "../encode/encoder.js";
import { MasksmithError } from "../errors.js";
import type { GoldenSubject } from "../model/golden.js";
import { encodePrompt } from "../prompt/encode.js";
import { point } from "../prompt/frames.js";
import { documentToModel, makePlacement } from "../prompt/transform.js";
import type { LoadedModel } from "./loaded.js";

/** The loaded model as the golden check wants it: a picture in, numbers out. */
export function goldenSubject(model: LoadedModel): GoldenSubject {
  const { manifest, tables, decoder } = model;
  let current: { readonly tensor: Tensor; readonly placement: ReturnType<typeof makePlacement> } | undefined;
  return {
    async embed(raster) {
      const prepared = prepareRaster(raster, manifest);
      const placement = makePlacement(raster, prepared.content, manifest.input.size);
      const tensor = await encodeRaster(prepared.content, model.encoder, manifest);
      current = { tensor, placement };
      return tensor.data as Float32Array;
    },
    async decode(x, y) {
      if (!current) throw new MasksmithError("state", "The golden check decodes before it has encoded");
      const at = documentToModel(point("document", x, y), current.placement);
      const sparse = { foreground: [at], background: [] };
      const tokens = encodePrompt(sparse, tables, manifest.input.size, manifest.prompt.padding_point);
      const context = await decoder.context(current.tensor, model.noMask);
      const answers = await decoder.answer(context, tokens, 1, tokens.length / tables.width);
      return { predictedIou: answers.predictedIou, logits: await decoder.upscale(answers) };
    },
  };
}
