import { type Coverage, invertSoft, MasksmithError, type Rect } from "@masksmith/core";
import type { SelectionMode } from "@masksmith/panel/host";
import { combining } from "../coverage.js";
import type { DocumentState, Layer, LayerMask } from "../model.js";
import { allLayers, changeLayer, findLayer, freeName } from "../tree.js";
import type { InTurns } from "../turns.js";

/** Why the active layer takes no mask, in words for the user; null if it does. */
export function maskRefusal(state: DocumentState): string | null {
  const layer = findLayer(state.layers, state.activeLayer);
  if (!layer) return "No layer is active; select a layer first";
  if (layer.locked) return `The layer “${layer.name}” is locked; unlock it to add a mask`;
  return null;
}

/**
 * Gives the active layer a mask, or changes the one it has. A layer without a mask shows all of itself: subtracting hides
 * the object, any other mode shows the object alone. The background becomes a usual layer, as in Photoshop.
 * @throws MasksmithError `state` if the layer takes no mask.
 */
export function* withLayerMask(state: DocumentState, coverage: Coverage, mode: SelectionMode): InTurns<DocumentState> {
  const refusal = maskRefusal(state);
  if (refusal) throw new MasksmithError("state", refusal);
  const canvas = { x: 0, y: 0, width: state.width, height: state.height };
  const names = [...allLayers(state.layers)].map(({ name }) => name);
  const active = findLayer(state.layers, state.activeLayer) as Layer;
  const mask = yield* changedMask(active.mask, coverage, mode, canvas);
  const layers = changeLayer(state.layers, active.id, (layer) => ({ ...unlocked(layer, names), mask }));
  return { ...state, layers };
}

function* changedMask(
  mask: LayerMask | null,
  coverage: Coverage,
  mode: SelectionMode,
  canvas: Rect,
): InTurns<LayerMask> {
  if (mask) return { ...(yield* combining(mask, coverage, mode, canvas)), enabled: true };
  return { ...(mode === "subtract" ? invertSoft(coverage) : coverage), enabled: true };
}

function unlocked(layer: Layer, names: readonly string[]): Layer {
  if (layer.kind !== "pixels" || !layer.background) return layer;
  return { ...layer, background: false, name: freeName("Layer 0", names) };
}
