import { box, type Candidate, MasksmithError, rleToSoft, type SoftMask, size } from "@masksmith/core";
import type { ApplyItem, FileToSave, HostDocument } from "../../host.js";
import {
  cocoFile,
  cutOutPng,
  type FileItem,
  type FileKind,
  maskPng,
  outlinesSvg,
  sa1bFile,
  unionOf,
} from "../../outputs/index.js";
import type { PanelObject } from "../../state/index.js";
import { applyItems, finalMasks, type OutputSource, openDocument, type Progress, type Target } from "./outputSource.js";

/**
 * Writes objects to a file that the host asks the user to place: all into one, a cut-out of several is their union.
 * False if the user canceled.
 */
export async function exportObjects(
  source: OutputSource,
  objects: readonly Target[],
  kind: FileKind,
  signal: AbortSignal,
  progress: Progress = () => undefined,
): Promise<boolean> {
  const document = openDocument(source);
  if (objects.length === 0) throw new MasksmithError("state", "there is no object to export; click one first");
  const candidates = await finalMasks(source, objects, signal, progress);
  const items = objects.map((object, i) => fileItem(object, candidates[i]));
  switch (kind) {
    case "png":
      return source.host.saveFile(await maskPng(document, items));
    case "svg":
      return source.host.saveFile(outlinesSvg(document, items));
    case "sa-1b":
      return source.host.saveFile(sa1bFile(document, items));
    case "coco":
      return source.host.saveFile(cocoFile([{ picture: document, items }]));
    case "cut-out":
      return source.host.saveFile(await cutOut(source, document, items, signal));
    case "psd":
      return source.host.saveFile(await layeredPsd(source, document, applyItems(objects, candidates), signal));
  }
}

/** The picture and the objects as masked layers over it. */
function layeredPsd(
  { host }: OutputSource,
  { id, width, height }: HostDocument,
  items: readonly ApplyItem[],
  signal: AbortSignal,
) {
  if (!host.psd) throw new MasksmithError("state", "Photoshop files can't be written here");
  return host.psd({ documentId: id, size: { width, height }, output: { kind: "group" }, items }, signal);
}

async function cutOut(
  source: OutputSource,
  document: HostDocument,
  items: readonly FileItem[],
  signal: AbortSignal,
): Promise<FileToSave> {
  const masks = items.map(({ soft, mask }) => soft ?? rleToSoft(mask));
  const soft = clipped(await unionOf(masks, signal), document);
  const region = box("document", soft.x, soft.y, soft.x + soft.width, soft.y + soft.height);
  const { raster } = await source.host.readPixels(region, Math.max(soft.width, soft.height), signal);
  if (raster.width !== soft.width || raster.height !== soft.height) {
    const { width, height } = size("document", raster.width, raster.height);
    throw new MasksmithError(
      "runtime",
      `The cutout needs ${soft.width}x${soft.height} pixels, the host gave ${width}x${height}`,
    );
  }
  const pixels = source.decontaminate ? await source.decontaminate(raster, soft, signal) : raster;
  return cutOutPng(document, items, soft, pixels);
}

/** Coverage never reaches beyond the document in practice; a file must not either. */
function clipped(soft: SoftMask, document: HostDocument): SoftMask {
  if (soft.width === 0 || soft.height === 0)
    throw new MasksmithError("state", "The mask is empty; there is nothing to cut out");
  if (soft.x >= 0 && soft.y >= 0 && soft.x + soft.width <= document.width && soft.y + soft.height <= document.height)
    return soft;
  throw new MasksmithError("runtime", "The mask reaches beyond the document");
}

export function fileItem(object: PanelObject, candidate: Candidate): FileItem {
  const points = object.steps.flatMap(({ act }) => {
    if (act.kind === "point") return act.foreground ? [act.at] : [];
    return act.kind === "stroke" || act.kind === "given" ? act.points : [];
  });
  const { name, colour, stage, seconds } = object;
  const { mask, soft, predictedIou, stabilityScore } = candidate;
  return { name, colour, mask, soft: soft ?? null, predictedIou, stabilityScore, points, stage, seconds };
}
