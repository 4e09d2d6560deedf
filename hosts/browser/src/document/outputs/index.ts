import { invalid, isEmptySoft, MasksmithError } from "@masksmith/core";
import type { Output, OutputKind } from "@masksmith/panel/host";
import { combining, uniform } from "../coverage.js";
import type { DocumentState, Path } from "../model.js";
import { allLayers, freeName, insertAbove } from "../tree.js";
import type { InTurns } from "../turns.js";
import { cutOut, sourceLayers } from "./cut.js";
import { groupOf, newLayer } from "./group.js";
import { type CheckedItem, union } from "./items.js";
import { maskRefusal, withLayerMask } from "./layerMask.js";
import { coverageOutlines } from "./path.js";

export { type Decontaminate, decontaminated } from "./decontaminated.js";
export { type CheckedItem, checkItems } from "./items.js";
export { coverageOutlines } from "./path.js";

/** Photoshop's limit of 56 channels, less the three of the colours. */
const MAX_CHANNELS = 53;

/** A state with the words for its undo step. */
export interface Change {
  readonly label: string;
  readonly state: DocumentState;
}

/** Outputs the document takes no result for at the moment, with the reason. */
export function refusals(state: DocumentState): Partial<Record<OutputKind, string>> {
  const refused: Partial<Record<OutputKind, string>> = {};
  const mask = maskRefusal(state);
  if (mask) refused["layer-mask"] = mask;
  if (state.channels.length >= MAX_CHANNELS) refused["alpha-channel"] = channelsFull();
  return refused;
}

/**
 * The state after an output, made in turns. Pure: the given state stays as it is.
 * @throws MasksmithError `state` in words for the user if the document cannot take it.
 */
export function* applied(
  state: DocumentState,
  output: Output,
  items: readonly CheckedItem[],
  nextId: () => number,
): InTurns<Change> {
  const objects = items.length === 1 ? items[0].name : `${items.length} objects`;
  switch (output.kind) {
    case "selection":
      return { label: "Selection", state: yield* withSelection(state, output.mode, items) };
    case "layer-mask":
      return { label: "Layer mask", state: yield* withLayerMask(state, yield* union(items), output.mode) };
    case "new-layer":
      return { label: `New layer: ${objects}`, state: yield* withNewLayers(state, items, nextId) };
    case "alpha-channel":
      return { label: `Alpha channel: ${objects}`, state: withChannels(state, items, nextId) };
    case "path":
      return { label: `Path: ${objects}`, state: yield* withPaths(state, items, nextId) };
    case "group":
      return { label: `Layer group: ${objects}`, state: yield* withGroup(state, items, nextId) };
    default:
      throw invalid("output", "a known kind", (output as Output).kind);
  }
}

function* withSelection(
  state: DocumentState,
  mode: "replace" | "add" | "subtract" | "intersect",
  items: readonly CheckedItem[],
): InTurns<DocumentState> {
  const canvas = { x: 0, y: 0, width: state.width, height: state.height };
  const present = state.selection ? { ...state.selection, outside: 0 as const } : uniform(0);
  const { outside: _, ...selection } = yield* combining(present, yield* union(items), mode, canvas);
  return { ...state, selection: isEmptySoft(selection) ? null : selection };
}

function* withNewLayers(
  state: DocumentState,
  items: readonly CheckedItem[],
  nextId: () => number,
): InTurns<DocumentState> {
  const source = sourceLayers(state);
  const names = [...allLayers(state.layers)].map(({ name }) => name);
  let { layers, activeLayer } = state;
  for (const { name, coverage, pixels } of items) {
    const cut = yield* cutOut(source, coverage, name, pixels);
    const layer = newLayer(freeName(name, names), cut, nextId());
    names.push(layer.name);
    layers = insertAbove(layers, activeLayer, layer);
    activeLayer = layer.id;
  }
  return { ...state, layers, activeLayer };
}

function withChannels(state: DocumentState, items: readonly CheckedItem[], nextId: () => number): DocumentState {
  if (state.channels.length + items.length > MAX_CHANNELS) throw new MasksmithError("state", channelsFull());
  const names = state.channels.map(({ name }) => name);
  const channels = [...state.channels];
  for (const { name, coverage } of items) {
    const { outside: _, ...bytes } = coverage;
    channels.push({ id: nextId(), name: freeName(name, names), coverage: bytes });
    names.push(channels[channels.length - 1].name);
  }
  return { ...state, channels };
}

function* withPaths(state: DocumentState, items: readonly CheckedItem[], nextId: () => number): InTurns<DocumentState> {
  const paths: Path[] = [...state.paths];
  for (const { name, coverage } of items) {
    const outlines = coverageOutlines(coverage);
    if (outlines.length === 0)
      throw new MasksmithError("state", `“${name}” is too faint for a path: no pixel is half covered`);
    const taken = paths.map((path) => path.name);
    paths.push({ id: nextId(), name: freeName(name, taken), outlines });
    yield coverage.data.length;
  }
  return { ...state, paths };
}

function* withGroup(state: DocumentState, items: readonly CheckedItem[], nextId: () => number): InTurns<DocumentState> {
  const names = [...allLayers(state.layers)].map(({ name }) => name);
  const group = yield* groupOf(items, sourceLayers(state), freeName("Objects", names), nextId);
  return { ...state, layers: insertAbove(state.layers, state.activeLayer, group), activeLayer: group.id };
}

function channelsFull(): string {
  return `A document takes at most ${MAX_CHANNELS} alpha channels: delete some first`;
}
