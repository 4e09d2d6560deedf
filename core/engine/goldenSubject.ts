import { encodeRaster, prepareRaster } from "../encode/encoder.js";
import { type Features, mainFeature } from "../encode/features.js";
import { MasksmithError } from "../errors.js";
import { point } from "../frames.js";
import type { GoldenSubject } from "../model/golden.js";
import { documentToModel, makePlacement } from "../prompt/transform.js";
import type { LoadedModel } from "./loaded.js";

/** The loaded model as the golden check wants it: a picture in, numbers out. */
export function goldenSubject({ manifest, encoder, decoder }: LoadedModel): GoldenSubject {
  let current: { readonly features: Features; readonly placement: ReturnType<typeof makePlacement> } | undefined;
  return {
    async embed(raster) {
      const prepared = prepareRaster(raster, manifest);
      const placement = makePlacement(raster, prepared.content, manifest.input.size);
      const features = await encodeRaster(prepared.content, encoder, manifest);
      current = { features, placement };
      return features[mainFeature(manifest)].data as Float32Array;
    },
    async decode(x, y) {
      if (!current) throw new MasksmithError("state", "The golden check decodes before it has encoded");
      const at = documentToModel(point("document", x, y), current.placement);
      const context = await decoder.context(current.features);
      const answers = await decoder.answer(context, [{ foreground: [at], background: [] }]);
      return { predictedIou: answers.predictedIou, logits: await decoder.upscale(answers) };
    },
  };
}
