import type { Point } from "@masksmith/core";
import type { ViewTransform } from "./transform.js";

/** What is drawn over the picture: previews, points, boxes. */
export interface Overlay {
  /**
   * Called at each paint, after the picture. `ctx` takes CSS pixels of the view (the screen's pixel ratio is set up already);
   * `view` turns document pixels into them. State set on `ctx` is restored afterwards.
   */
  draw(ctx: CanvasRenderingContext2D, view: ViewTransform): void;
}

/** One act of the mouse, pen or finger on the picture. Panning and zooming (wheel, pinch, space) never get here. */
export interface CanvasPointer {
  /** `leave`: the pointer is no longer over the picture (hover ends). `cancel`: a drag was taken away; forget it. */
  readonly type: "down" | "move" | "up" | "cancel" | "leave";
  /** May lie outside the document; a drag goes on there. */
  readonly point: Point<"document">;
  /** Whether the point lies inside the document. */
  readonly inside: boolean;
  /** The primary button (or touch) is down. */
  readonly pressed: boolean;
  readonly button: number;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  /** Control, or command on a Mac. */
  readonly commandKey: boolean;
  /** 0..1; 0.5 for devices without. */
  readonly pressure: number;
  /** How many document pixels one CSS pixel shows: how near is near, whatever the zoom. */
  readonly documentPixelsPerPixel: number;
}

/** The wheel turned with Alt held. */
export interface CanvasWheel {
  readonly point: Point<"document">;
  /** 1 a notch up, -1 a notch down; 0: less than a notch, more may follow. */
  readonly notch: -1 | 0 | 1;
}

/** A place that shows the document with zoom and pan, and lets the panel draw over it and listen to its pointer. */
export interface DocumentCanvas {
  /** Has the focus while keys stand in for the pointer. */
  readonly element: HTMLElement;
  /** Null: nothing is drawn. Setting it repaints. */
  overlay: Overlay | null;
  /** CSS cursor over the picture. */
  cursor: string;
  readonly transform: ViewTransform;
  /** Repaints at the next frame: the overlay has changed. */
  invalidate(): void;
  onPointer(listener: (event: CanvasPointer) => void): () => void;
  /** Wheel with Alt: a listener that returns true has taken it, else it zooms. */
  onAltWheel(listener: (event: CanvasWheel) => boolean): () => void;
}
