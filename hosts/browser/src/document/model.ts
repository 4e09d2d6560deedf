import type { Coverage, Outline, SoftMask } from "@masksmith/core";

/**
 * A document's state: a tree of immutable values. A change makes new objects only along its path, so that states of the
 * history share everything else, above all pixels and masks. Nobody writes into a buffer once it is part of a state.
 */
export interface DocumentState {
  readonly width: number;
  readonly height: number;
  /** From the bottom to the top. */
  readonly layers: readonly Layer[];
  readonly activeLayer: LayerId | null;
  readonly selection: SoftMask | null;
  readonly channels: readonly AlphaChannel[];
  readonly paths: readonly Path[];
  /** Equal numbers: equal composites. */
  readonly pixelsVersion: number;
  /** What a file said beyond this model, kept for saving; opaque here. */
  readonly extras?: unknown;
}

export type LayerId = number;
export type Layer = PixelLayer | GroupLayer;

interface LayerBase {
  /** Unique in its document, never reused. */
  readonly id: LayerId;
  readonly name: string;
  readonly visible: boolean;
  /** 0..1. */
  readonly opacity: number;
  /** A locked layer takes no mask. */
  readonly locked: boolean;
  readonly mask: LayerMask | null;
  readonly blendMode: string;
  /** Shown only where the layer below it (the first one not clipped) has pixels. */
  readonly clipped: boolean;
  readonly extras?: unknown;
}

/** Pixels with straight alpha in their own bounds, which may reach outside the document; nothing outside the bounds. */
export interface PixelLayer extends LayerBase {
  readonly kind: "pixels";
  /** The opaque lowest layer, which can neither move nor take a mask before it becomes a usual layer. */
  readonly background: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** Blend mode `pass through`: the members blend with what lies below the group, else with each other first. */
export interface GroupLayer extends LayerBase {
  readonly kind: "group";
  readonly expanded: boolean;
  readonly children: readonly Layer[];
}

/** 0 hides, 255 shows. */
export interface LayerMask extends Coverage {
  readonly enabled: boolean;
}

export interface AlphaChannel {
  readonly id: number;
  readonly name: string;
  readonly coverage: SoftMask;
}

/** A saved path: closed polygons in document pixels. */
export interface Path {
  readonly id: number;
  readonly name: string;
  readonly outlines: readonly PathOutline[];
  /** The path as a file had it (curves), kept for saving. */
  readonly source?: Uint8Array;
}

export type PathOutline = Pick<Outline, "hole"> & { readonly points: ArrayLike<number> };
