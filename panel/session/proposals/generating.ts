import { MasksmithError, type ObjectMask, size } from "@masksmith/core";
import type { EngineClient } from "../../engine/index.js";
import type { PictureReader } from "../document/picture.js";
import type { Generate } from "./proposer.js";

/** The engine's way to find all objects, on the picture that is open. */
export function generateWith(engine: EngineClient, { picture }: PictureReader): Generate {
  return async (_, { auto, signal, onMasks }) => {
    const { raster, document } = picture.value;
    if (!raster || !document) throw new MasksmithError("state", "The picture has not been read yet");
    let masks: readonly ObjectMask[] = [];
    let fraction = 0;
    return engine.generate(raster, {
      auto,
      document: size("document", document.width, document.height),
      signal,
      onMasks: (found) => {
        masks = found;
        onMasks(masks, fraction);
      },
      onProgress: (progress) => {
        fraction = progress.fraction;
        onMasks(masks, fraction);
      },
    });
  };
}
