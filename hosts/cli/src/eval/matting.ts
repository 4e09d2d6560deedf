import { join, parse } from "node:path";
import { cellSize, EDGE_MODES, invalid, type Prediction, refineEdges, rleToSoft } from "@masksmith/core";
import { isThere } from "../io/isThere.js";
import { decode } from "../io/readImage.js";
import type { Labelled } from "./labelled.js";
import { mattingError, type Plane } from "./measures.js";
import type { Subject } from "./steps.js";

/** The matting errors of one picture by row name; none without a true alpha and a trimap beside it. */
export async function mattingRows(
  folder: string,
  subject: Subject,
  object: Labelled,
): Promise<ReadonlyMap<string, number>> {
  const errors = new Map<string, number>();
  const { name, dir } = parse(object.image);
  const files = ["alpha", "trimap"].map((kind) => join(folder, dir, `${name}_${kind}.png`)) as [string, string];
  if (!(await Promise.all(files.map(isThere))).every(Boolean)) return errors;
  const { engine, embedding, raster } = subject;
  const [truth, trimap] = (await Promise.all(files.map((file) => readPlane(file, raster)))) as [Plane, Plane];
  const [prediction] = (await engine.predict(embedding, [{ box: object.box }])) as [Prediction];
  const { mask } = prediction.candidates[prediction.recommended];
  errors.set("matting-binary", mattingError(rleToSoft(mask), truth, trimap));
  for (const mode of EDGE_MODES) {
    const soft = refineEdges(raster, mask, { mode, cell: cellSize(embedding.placement) });
    errors.set(`matting-${mode}`, mattingError(soft, truth, trimap));
  }
  return errors;
}

async function readPlane(path: string, picture: { readonly width: number; readonly height: number }): Promise<Plane> {
  const { data, info } = await decode("matting file", path, (file) => file.removeAlpha().toColourspace("b-w"));
  if (info.width !== picture.width || info.height !== picture.height)
    throw invalid("matting file", `${picture.width} x ${picture.height} pixels as its picture`, path);
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}
