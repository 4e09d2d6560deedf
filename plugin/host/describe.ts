import type { OutputKind } from "@masksmith/panel/host";
import type { WireDocument } from "../bridge/index.js";
import type { Environment } from "./environment.js";
import type { PsDocument, PsLayer } from "./photoshop.js";

/** Photoshop's limit of channels in a document, those of the colours among them. */
export const MOST_CHANNELS = 56;

const LAYER_OUTPUTS: readonly OutputKind[] = ["layer-mask", "new-layer", "group"];
const ALL_OUTPUTS: readonly OutputKind[] = [...LAYER_OUTPUTS, "selection", "alpha-channel", "path"];

/** Layer kinds that have no pixels of their own to copy. */
const WITHOUT_PIXELS =
  /^(group|artboard|brightnessContrast|levels|curves|exposure|vibrance|hueSaturation|colorBalance|blackAndWhite|photoFilter|channelMixer|colorLookup|invert|posterize|threshold|gradientMap|selectiveColor|adjustment.*)$/i;

/** Whether a layer's pixels can be copied; else it is duplicated (smart objects, text, fills, whatever is not known). */
export function hasPixels({ kind }: PsLayer): boolean {
  return /^(pixel|normal)$/i.test(kind);
}

/** The active document or null; closing it meanwhile makes Photoshop throw, which counts as none. */
export function activeDocument({ photoshop }: Environment): PsDocument | null {
  try {
    return photoshop.app.activeDocument ?? null;
  } catch {
    return null;
  }
}

/** The one active layer, or null if none or several are. */
export function activeLayer(document: PsDocument): PsLayer | null {
  const layers = document.activeLayers ?? [];
  return layers.length === 1 ? layers[0] : null;
}

/** Whether a layer is of a kind without any pixels to read: a group, an adjustment. */
export function isWithoutPixels({ kind }: PsLayer): boolean {
  return WITHOUT_PIXELS.test(kind);
}

/** The version of one layer's pixels in a document's state; other layers may have changed with it. */
export function layerVersion(version: string, layer: PsLayer | null): string {
  return `${version}/layer ${layer?.id ?? "none"}`;
}

export function describeDocument(document: PsDocument, version: string): WireDocument {
  return {
    id: String(document.id),
    name: document.name,
    width: document.width,
    height: document.height,
    version,
    layerVersion: layerVersion(version, activeLayer(document)),
    activeLayer: activeLayer(document)?.name ?? null,
    refused: refusals(document),
  };
}

/** Outputs that the document takes no result for at the moment, with what to do instead. */
export function refusals(document: PsDocument): Partial<Record<OutputKind, string>> {
  const refused: Partial<Record<OutputKind, string>> = {};
  const refuse = (outputs: readonly OutputKind[], reason: string) => {
    for (const output of outputs) refused[output] ??= reason;
  };
  if (/bitmap/i.test(document.mode)) {
    refuse(ALL_OUTPUTS, "A Bitmap document holds no soft mask: choose Image > Mode > Grayscale first");
  }
  if (document.quickMaskMode === true) {
    refuse(ALL_OUTPUTS, "Quick Mask is on and would discard the result: press Q to leave it first");
  }
  if (/indexed/i.test(document.mode)) {
    refuse(LAYER_OUTPUTS, "An Indexed Color document has no layers: choose Image > Mode > RGB Color first");
  }
  if (/multichannel/i.test(document.mode)) {
    refuse(LAYER_OUTPUTS, "A Multichannel document has no layers: choose Image > Mode > RGB Color first");
  }
  refuseByLayer(activeLayer(document), refuse);
  if (document.channels.length >= MOST_CHANNELS) {
    refuse(["alpha-channel"], `The document has ${MOST_CHANNELS} channels, Photoshop's limit: delete some first`);
  }
  if (hasWorkPath(document)) {
    refuse(["path"], "This would replace the document's work path: name it or delete it in the Paths panel first");
  }
  return refused;
}

/** A document has one unsaved path at most; making another replaces it. */
function hasWorkPath({ pathItems }: PsDocument): boolean {
  return Array.from(pathItems ?? []).some(({ name, kind }) => (kind ? /work/i.test(kind) : name === "Work Path"));
}

function refuseByLayer(layer: PsLayer | null, refuse: (outputs: readonly OutputKind[], reason: string) => void): void {
  if (!layer) {
    refuse(LAYER_OUTPUTS, "Select one layer in the Layers panel first");
    return;
  }
  const locked = layer.allLocked ?? (layer.locked === true && layer.isBackgroundLayer !== true);
  // A copy of a locked layer may be locked as well.
  if (locked) {
    const outputs: readonly OutputKind[] = hasPixels(layer) ? ["layer-mask", "group"] : LAYER_OUTPUTS;
    refuse(outputs, `The layer “${layer.name}” is locked: unlock it in the Layers panel to give it a mask`);
  }
  if (isWithoutPixels(layer)) {
    refuse(["new-layer", "group"], `“${layer.name}” has no pixels of its own: select the layer that shows the object`);
  }
}
