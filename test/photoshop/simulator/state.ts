import type { DocumentState, Layer } from "../../../hosts/browser/src/document/model.js";

/** A simulated document's whole state, immutable: the same object means nothing has changed. */
export interface SimState {
  readonly picture: DocumentState;
  readonly activeLayers: readonly number[];
  /** What the Channels panel has active: `composite`, the layer's `mask`, or one channel by its name. */
  readonly activeChannel: string;
  readonly workPath: boolean;
  /** Layer kinds other than what the picture model tells. */
  readonly kinds: Readonly<Record<number, string>>;
}

export interface DocumentOptions {
  readonly name?: string;
  readonly mode?: string;
  readonly bits?: 8 | 16 | 32;
  readonly quickMask?: boolean;
  readonly kinds?: Readonly<Record<number, string>>;
}

export function stateOf(picture: DocumentState, kinds: Readonly<Record<number, string>> = {}): SimState {
  return {
    picture,
    activeLayers: picture.activeLayer === null ? [] : [picture.activeLayer],
    activeChannel: "composite",
    workPath: false,
    kinds,
  };
}

export function withPicture(state: SimState, changes: Partial<DocumentState>): SimState {
  return { ...state, picture: { ...state.picture, ...changes } };
}

export function parentList(layers: readonly Layer[], id: number): readonly Layer[] | null {
  if (layers.some((layer) => layer.id === id)) return layers;
  for (const layer of layers) {
    const found = layer.kind === "group" ? parentList(layer.children, id) : null;
    if (found) return found;
  }
  return null;
}

/** The tree without a layer, except where it lies in the group `keep`. */
export function without(layers: readonly Layer[], id: number, keep: number): readonly Layer[] {
  return layers
    .filter((layer) => layer.id !== id)
    .map((layer) =>
      layer.kind === "group" && layer.id !== keep ? { ...layer, children: without(layer.children, id, keep) } : layer,
    );
}
