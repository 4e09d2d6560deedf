import { type Coverage, combineSoft, cropSoft, trimSoft } from "@masksmith/core";
import { toCoverage } from "./coverage.js";
import type { DocumentState, Layer, LayerId } from "./model.js";
import type { Change } from "./outputs/index.js";
import { allLayers, changeLayer, findLayer } from "./tree.js";

/** What the lists beside the picture do: each gives the state after it, for one undo step. Null: there is nothing to do. */

export function toggleLayer(state: DocumentState, id: LayerId): Change | null {
  const layer = findLayer(state.layers, id);
  if (!layer) return null;
  const label = layer.visible ? "Hide layer" : "Show layer";
  return { label, state: withLayer(state, id, (one) => ({ ...one, visible: !one.visible })) };
}

export function toggleMask(state: DocumentState, id: LayerId): Change | null {
  const mask = findLayer(state.layers, id)?.mask;
  if (!mask) return null;
  const label = mask.enabled ? "Disable layer mask" : "Enable layer mask";
  return { label, state: withLayer(state, id, (one) => ({ ...one, mask: { ...mask, enabled: !mask.enabled } })) };
}

export function deleteMask(state: DocumentState, id: LayerId): Change | null {
  if (!findLayer(state.layers, id)?.mask) return null;
  return { label: "Delete layer mask", state: withLayer(state, id, (one) => ({ ...one, mask: null })) };
}

export function renameLayer(state: DocumentState, id: LayerId, name: string): Change | null {
  const layer = findLayer(state.layers, id);
  const trimmed = name.trim();
  if (!layer || trimmed === "" || trimmed === layer.name) return null;
  const isBackground = layer.kind === "pixels" && layer.background;
  const freed = isBackground ? { background: false } : {};
  return {
    label: "Rename layer",
    state: withLayer(state, id, (one) => ({ ...one, ...freed, name: trimmed }) as Layer),
  };
}

/** Removes a layer or group; the last layer stays, a document without any has nothing to show. */
export function deleteLayer(state: DocumentState, id: LayerId): Change | null {
  const before = [...allLayers(state.layers)];
  const layers = changeLayer(state.layers, id, () => null);
  const left = [...allLayers(layers)];
  if (left.length === 0 || layers === state.layers) return null;
  const at = before.findIndex((layer) => layer.id === id);
  const stillActive = left.some((layer) => layer.id === state.activeLayer);
  const activeLayer = stillActive ? state.activeLayer : left[Math.min(Math.max(at - 1, 0), left.length - 1)].id;
  return { label: "Delete layer", state: { ...state, layers, activeLayer } };
}

export function selectAll(state: DocumentState): Change {
  const { width, height } = state;
  const selection = { x: 0, y: 0, width, height, data: new Uint8Array(width * height).fill(255) };
  return { label: "Select all", state: { ...state, selection } };
}

export function deselect(state: DocumentState): Change | null {
  return state.selection ? { label: "Deselect", state: { ...state, selection: null } } : null;
}

export function invertSelection(state: DocumentState): Change | null {
  if (!state.selection) return null;
  const canvas = { x: 0, y: 0, width: state.width, height: state.height };
  const all = toCoverage(selectAll(state).state.selection as NonNullable<DocumentState["selection"]>);
  const { outside: _, ...selection } = combineSoft(all, toCoverage(state.selection), "subtract", canvas);
  return { label: "Invert selection", state: { ...state, selection: selection.width > 0 ? selection : null } };
}

/** The selection as an alpha channel's coverage. */
export function selectChannel(state: DocumentState, id: number): Change | null {
  const channel = state.channels.find((one) => one.id === id);
  return channel ? loadSelection(state, toCoverage(channel.coverage)) : null;
}

/** The selection as a layer's mask, switched on or not. */
export function selectMask(state: DocumentState, id: LayerId): Change | null {
  const mask = findLayer(state.layers, id)?.mask;
  return mask ? loadSelection(state, mask) : null;
}

/** A selection has nothing outside its bounds: what covers the outside is filled up to the canvas. */
function loadSelection(state: DocumentState, coverage: Coverage): Change {
  const canvas = { x: 0, y: 0, width: state.width, height: state.height };
  const inside = toCoverage(coverage.outside === 0 ? coverage : cropSoft(coverage, canvas));
  const { outside: _, ...selection } = trimSoft(inside, canvas);
  return { label: "Load selection", state: { ...state, selection: selection.width > 0 ? selection : null } };
}

export function deleteChannel(state: DocumentState, id: number): Change | null {
  const channels = state.channels.filter((channel) => channel.id !== id);
  return { label: "Delete channel", state: { ...state, channels } };
}

export function deletePath(state: DocumentState, id: number): Change | null {
  return { label: "Delete path", state: { ...state, paths: state.paths.filter((path) => path.id !== id) } };
}

/** The state with one layer changed; not a step by itself. */
export function withLayer(state: DocumentState, id: LayerId, change: (layer: Layer) => Layer): DocumentState {
  return { ...state, layers: changeLayer(state.layers, id, change) };
}
