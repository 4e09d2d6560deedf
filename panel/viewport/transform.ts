import { type Point, point } from "@masksmith/core";

/** Document pixels to the view's CSS pixels: view = document * scale + offset. */
export interface ViewTransform {
  /** CSS pixels a document pixel. */
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

/** Closest zoom: one document pixel on 32 screen pixels. */
const MAX_SCALE = 32;
/** Largest enlargement of a small document to fit. */
const MAX_FIT = 2;
/** CSS pixels left free around a fitted document. */
const MARGIN = 16;
/** CSS pixels of the document that stay in sight, however far it is moved. */
const IN_SIGHT = 48;

export function toView(view: ViewTransform, x: number, y: number): { x: number; y: number } {
  return { x: x * view.scale + view.x, y: y * view.scale + view.y };
}

export function toDocument(view: ViewTransform, x: number, y: number): Point<"document"> {
  return point("document", (x - view.x) / view.scale, (y - view.y) / view.scale);
}

/** The whole document in the middle of the view; a small one enlarged a little. */
export function fitted(document: Extent, view: Extent): ViewTransform {
  return centred(document, view, fitScale(document, view));
}

/** The document in the middle of the view at a given scale. */
export function centred(document: Extent, view: Extent, scale: number): ViewTransform {
  return { scale, x: (view.width - document.width * scale) / 2, y: (view.height - document.height * scale) / 2 };
}

/** Zooms by `factor` so that the document pixel under (x, y), view pixels, stays there. */
export function zoomed(
  transform: ViewTransform,
  factor: number,
  x: number,
  y: number,
  document: Extent,
  view: Extent,
): ViewTransform {
  const smallest = Math.min(fitScale(document, view), 1) / 4;
  const scale = Math.min(Math.max(transform.scale * factor, smallest), MAX_SCALE);
  const applied = scale / transform.scale;
  return kept({ scale, x: x - (x - transform.x) * applied, y: y - (y - transform.y) * applied }, document, view);
}

/** Moves the document by view pixels, keeping some of it in sight. */
export function panned(
  transform: ViewTransform,
  dx: number,
  dy: number,
  document: Extent,
  view: Extent,
): ViewTransform {
  return kept({ ...transform, x: transform.x + dx, y: transform.y + dy }, document, view);
}

/** The same document point in the middle after the view's size has changed. */
export function resized(transform: ViewTransform, from: Extent, to: Extent): ViewTransform {
  return {
    ...transform,
    x: transform.x + (to.width - from.width) / 2,
    y: transform.y + (to.height - from.height) / 2,
  };
}

function fitScale(document: Extent, view: Extent): number {
  const across = Math.max(view.width - 2 * MARGIN, 1) / document.width;
  const down = Math.max(view.height - 2 * MARGIN, 1) / document.height;
  return Math.min(across, down, MAX_FIT);
}

function kept(transform: ViewTransform, document: Extent, view: Extent): ViewTransform {
  const { scale } = transform;
  const x = clamp(transform.x, IN_SIGHT - document.width * scale, view.width - IN_SIGHT);
  const y = clamp(transform.y, IN_SIGHT - document.height * scale, view.height - IN_SIGHT);
  return { scale, x, y };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
