import type { OutputKind } from "../../host.js";
import type { FileKind } from "../../outputs/index.js";

/** What an output has become. */
const APPLIED: Readonly<Record<OutputKind, string>> = {
  selection: "Selection",
  "layer-mask": "Layer mask",
  "new-layer": "New layer",
  "alpha-channel": "Alpha channel",
  path: "Path",
  group: "Group of masked layers",
};

const WRITTEN: Readonly<Record<FileKind, string>> = {
  png: "Mask",
  "cut-out": "Cutout",
  svg: "Outlines",
  psd: "Masked layers",
  "sa-1b": "SA-1B record",
  coco: "COCO record",
};

interface Named {
  readonly name: string;
}

/** What the document was given. */
export function appliedMessage(kind: OutputKind, objects: readonly Named[]): string {
  return `${APPLIED[kind]} made from ${namesOf(objects)}.`;
}

/** What a file was written of. */
export function savedMessage(kind: FileKind, objects: readonly Named[]): string {
  return `${WRITTEN[kind]} of ${namesOf(objects)} saved.`;
}

export function namesOf(objects: readonly Named[]): string {
  return objects.length === 1 ? objects[0].name : `${objects.length} objects`;
}
