import { invalid } from "../errors.js";
import { box, point, size } from "../frames.js";
import type { Box, Placement, Point, Raster, Size } from "../types.js";

/**
 * Records how a raster lies in its document and in the model's input.
 * @param content size of the resized raster inside the model's square input.
 * @throws MasksmithError `input` if the region is empty, not whole pixels, or reaches beyond the document.
 */
export function makePlacement(
  raster: Pick<Raster, "width" | "height">,
  content: { readonly width: number; readonly height: number },
  input: number,
  options: { readonly document?: Size<"document"> | undefined; readonly region?: Box<"document"> | undefined } = {},
): Placement {
  const image = size("image", raster.width, raster.height);
  const document = options.document ?? size("document", raster.width, raster.height);
  const region = options.region ?? box("document", 0, 0, document.width, document.height);
  const sides = [region.x0, region.y0, region.x1, region.y1];
  const inside = region.x0 >= 0 && region.y0 >= 0 && region.x1 <= document.width && region.y1 <= document.height;
  if (!sides.every(Number.isInteger) || region.x1 <= region.x0 || region.y1 <= region.y0 || !inside) {
    throw invalid("region", `whole pixels inside the document of ${document.width}x${document.height}`, sides);
  }
  return { document, region, image, content: size("model", content.width, content.height), input };
}

/** Document point to model frame: through the region to image pixels, then by the official `apply_coords` scale. */
export function documentToModel(at: Point<"document">, placement: Placement): Point<"model"> {
  const { region, content } = placement;
  const x = ((at.x - region.x0) * content.width) / (region.x1 - region.x0);
  const y = ((at.y - region.y0) * content.height) / (region.y1 - region.y0);
  return point("model", x, y);
}

/** Inverse of `documentToModel`. */
export function modelToDocument(at: Point<"model">, placement: Placement): Point<"document"> {
  const { region, content } = placement;
  const x = region.x0 + (at.x * (region.x1 - region.x0)) / content.width;
  const y = region.y0 + (at.y * (region.y1 - region.y0)) / content.height;
  return point("document", x, y);
}

/** Both corners through `documentToModel`. */
export function boxToModel(of: Box<"document">, placement: Placement): Box<"model"> {
  const from = documentToModel(point("document", of.x0, of.y0), placement);
  const to = documentToModel(point("document", of.x1, of.y1), placement);
  return box("model", from.x, from.y, to.x, to.y);
}

/** Image point to document: `image` pixels scaled to the region they show. */
export function imageToDocument(at: Point<"image">, placement: Placement): Point<"document"> {
  const { region, image } = placement;
  const x = region.x0 + (at.x * (region.x1 - region.x0)) / image.width;
  const y = region.y0 + (at.y * (region.y1 - region.y0)) / image.height;
  return point("document", x, y);
}
