import { type AutoOptions, type Embedding, MasksmithError, type ObjectMask, size } from "@masksmith/core";
import type { EngineClient } from "../../engine/index.js";
import { FLOOR } from "../../state/index.js";
import type { DocumentReader } from "../document/index.js";
import type { Settings } from "../settings.js";

/** How masks are made; the engine's `generate`, or a pool of them. */
export interface GenerateRequest {
  readonly auto: AutoOptions;
  readonly signal: AbortSignal;
  /** All masks so far, best first; called as they come. */
  readonly onMasks: (masks: readonly ObjectMask[], fraction: number) => void;
}

export type Generate = (embedding: Embedding, request: GenerateRequest) => Promise<readonly ObjectMask[]>;

/** Points along a side of the grid, and crops searched on their own, by the detail wanted. */
const DETAILS: Readonly<Record<Settings["detail"], AutoOptions>> = {
  coarse: { pointsPerSide: 12 },
  normal: { pointsPerSide: 32 },
  fine: { pointsPerSide: 32, cropNLayers: 1, cropNPointsDownscaleFactor: 2 },
};

/** More is found than is kept at first: between these and the thresholds, the sliders filter what is there already. */
export function autoOptions({ fast, detail }: Pick<Settings, "fast" | "detail">): AutoOptions {
  return { ...DETAILS[detail], fast, predIouThresh: FLOOR.predictedIou, stabilityScoreThresh: FLOOR.stability };
}

/** The engine's way to find all objects, on the picture that is open. */
export function generateWith(
  engine: Pick<EngineClient, "generate">,
  { picture }: Pick<DocumentReader, "picture">,
): Generate {
  return async (_, { auto, signal, onMasks }) => {
    const { raster, document } = picture.value;
    if (!raster || !document) throw new MasksmithError("state", "The image has not been analyzed yet");
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
