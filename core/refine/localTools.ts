import { rleArea, rleBox, softToRle } from "../mask/index.js";
import type { Candidate, Raster } from "../types.js";
import type { Looks } from "./asks.js";
import { cleanUp } from "./cleanup/cleanUp.js";
import { cellSize, refineEdges } from "./matting/edges.js";
import type { RefinementSource, RefinementTools, SoftResult } from "./pipeline.js";
import { regionOf } from "./region.js";
import { takeSecondLook } from "./secondLook.js";

/** The tools of refinement in this thread, on an engine. */
export function localTools(engine: Looks): RefinementTools {
  return {
    async look(embedding, prompt, first, read, { signal } = {}) {
      const seen = await takeSecondLook(engine, read, embedding, prompt, first, {
        soft: true,
        ...(signal ? { signal } : {}),
      });
      return seen && { candidate: seen.candidate, cell: cellSize(seen.embedding.placement) };
    },
    edges: async ({ raster, mask, region, mode, cell }) => refineEdges(raster, mask, { region, mode, cell }),
    finish: async (soft, settings, document) => softResult(cleanUp(soft, settings, document), document),
  };
}

/** Coverage in all the forms that are shown and written. */
export function softResult(
  soft: SoftResult["soft"],
  document: { readonly width: number; readonly height: number },
): SoftResult {
  const mask = softToRle(soft, document);
  return { soft, mask, area: rleArea(mask), bbox: rleBox(mask) };
}

/** A document that is a raster in memory. */
export function sourceOf(raster: Raster, answer: Candidate): RefinementSource {
  return {
    document: raster,
    current: true,
    readPixels: async (region) => regionOf(raster, region),
    soft: async () => answer,
  };
}
