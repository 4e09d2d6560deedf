import { MasksmithError } from "@masksmith/core";
import type { Output, OutputKind, SelectionMode } from "../../host.js";
import { applyItems, finalMasks, type OutputSource, openDocument, type Progress, type Target } from "./outputSource.js";

/** Of the time that several objects take: refining them; the rest is the host's. */
const REFINING = 0.9;

/** Sends objects to the host's document as one undo step. */
export async function applyObjects(
  source: OutputSource,
  objects: readonly Target[],
  output: Output,
  signal: AbortSignal,
  progress: Progress = () => undefined,
): Promise<void> {
  const document = openDocument(source);
  const refused = document.refused[output.kind];
  if (refused) throw new MasksmithError("state", refused);
  if (objects.length === 0) throw new MasksmithError("state", "there is no object to apply; click one first");
  const candidates = await finalMasks(source, objects, signal, (part) => progress(REFINING * part));
  const items = applyItems(objects, candidates);
  const first = objects.length > 1 ? REFINING : 0;
  const applying = (part: number) => progress(first + (1 - first) * part);
  const { id, width, height } = document;
  await source.host.apply({ documentId: id, size: { width, height }, output, items }, signal, applying);
}

export function outputOf(kind: OutputKind, mode: SelectionMode, decontaminate: boolean): Output {
  if (kind === "new-layer") return decontaminate ? { kind, decontaminate } : { kind };
  return kind === "selection" || kind === "layer-mask" ? { kind, mode } : { kind };
}
