import type { Candidate } from "@masksmith/core";
import type { HostDocument } from "../host.js";
import type { FileKind } from "../outputs/index.js";
import type { PanelObject, PromptAct } from "../state/index.js";

/** What an output has become. */
export const APPLIED = {
  selection: "Selection",
  "layer-mask": "Layer mask",
  "new-layer": "Layer",
  "alpha-channel": "Alpha channel",
  path: "Path",
  group: "Group of masked layers",
} as const;

const WRITTEN = {
  png: "Mask",
  "cut-out": "Cut-out",
  svg: "Outlines",
  psd: "Masked layers",
  "sa-1b": "SA-1B record",
  coco: "COCO record",
} as const;

/** What a file was written of. */
export function saved(kind: FileKind, objects: readonly Pick<PanelObject, "name">[]): string {
  return `${WRITTEN[kind]} of ${namesOf(objects)} saved.`;
}

export function namesOf(objects: readonly Pick<PanelObject, "name">[]): string {
  return objects.length === 1 ? objects[0].name : `${objects.length} objects`;
}

export function describe(name: string, candidate: Candidate, count: number, document: HostDocument): string {
  const share = (100 * candidate.area) / (document.width * document.height);
  const size = share < 1 ? "less than one percent" : `${Math.round(share)} percent`;
  const more = count > 1 ? ` ${count} answers: press C for the next.` : "";
  return `${name}: ${size} of the picture.${more}`;
}

export function isOnlyBackground(act: PromptAct): boolean {
  return (act.kind === "point" || act.kind === "stroke") && !act.foreground;
}

export function labelOf(act: PromptAct): string {
  switch (act.kind) {
    case "point":
      return act.foreground ? "Add point" : "Take away point";
    case "box":
      return "Draw box";
    case "stroke":
      return act.how === "lasso" ? "Draw lasso" : "Paint";
    case "mask":
      return "Use mask";
    case "given":
      return "Take over mask";
  }
}
