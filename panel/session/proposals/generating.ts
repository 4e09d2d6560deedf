import {
  type AutoOptions,
  type Embedding,
  filterMasks,
  MasksmithError,
  OBJECTS_GENERATOR,
  type ObjectMask,
  SA1B_FILTER,
  SA1B_GENERATOR,
  size,
} from "@masksmith/core";
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

/** More is found than is kept at first: between these and the thresholds, the sliders filter what is there already. */
const FLOORS = { predIouThresh: FLOOR.predictedIou, stabilityScoreThresh: FLOOR.stability };

/** How the generator is to search. */
export function autoOptions({ fast, preset }: Pick<Settings, "fast" | "preset">): AutoOptions {
  if (preset === "objects") return OBJECTS_GENERATOR;
  return { ...(preset === "sa-1b" ? SA1B_GENERATOR : {}), ...FLOORS, fast };
}

/** What of the masks found the preset leaves. */
export function presetMasks(masks: readonly ObjectMask[], { preset }: Pick<Settings, "preset">): readonly ObjectMask[] {
  return preset === "sa-1b" ? filterMasks(masks, SA1B_FILTER) : masks;
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
