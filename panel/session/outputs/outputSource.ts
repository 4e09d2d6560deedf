import { type Candidate, MasksmithError, type Raster, type SoftMask, throwIfAborted } from "@masksmith/core";
import type { ApplyItem, Host, HostDocument } from "../../host.js";
import type { PanelObject } from "../../state/index.js";

/** What outputs need: the objects' masks as they are shown, with soft edges on demand. */
export interface OutputSource {
  readonly host: Host;
  document(): HostDocument | null;
  soft(object: PanelObject, signal: AbortSignal): Promise<Candidate>;
  /** Takes the background's colour out of a cut-out's rim; absent if that is not wanted. */
  decontaminate?(raster: Raster, soft: SoftMask, signal: AbortSignal): Promise<Raster>;
}

/** An object with its place among the others, if they lie in each other. */
export type Target = PanelObject & { readonly parent?: string | null };
export type Progress = (fraction: number) => void;

/** The masks as they are shown, refined now if they are not yet. */
export async function finalMasks(
  source: OutputSource,
  objects: readonly PanelObject[],
  signal: AbortSignal,
  progress: Progress,
): Promise<Candidate[]> {
  const masks: Candidate[] = [];
  for (const object of objects) {
    masks.push(await source.soft(object, signal));
    if (objects.length > 1) progress(masks.length / objects.length);
    throwIfAborted(signal);
  }
  return masks;
}

/** Objects as the host applies them. */
export function applyItems(objects: readonly Target[], candidates: readonly Candidate[]): ApplyItem[] {
  return objects.map(({ name, parent }, i) => {
    const { soft, mask } = candidates[i];
    return { name, mask: soft ?? mask, parent: parentIndex(objects, parent) };
  });
}

function parentIndex(objects: readonly Target[], parent: string | null | undefined): number | null {
  const index = parent ? objects.findIndex(({ id }) => id === parent) : -1;
  return index < 0 ? null : index;
}

/** @throws MasksmithError `state` if no picture is open */
export function openDocument(source: OutputSource): HostDocument {
  const document = source.document();
  if (!document) throw new MasksmithError("state", "No image is open");
  return document;
}
