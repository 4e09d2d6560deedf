import type { Rle, SoftMask } from "@masksmith/core";
import type { Bounds, XY } from "../state/index.js";
import type { Overlay, ViewTransform } from "../viewport/index.js";
import { maskPicture } from "./maskPicture.js";

export interface PaintedMask {
  readonly mask: Rle;
  /** Its coverage where that is more than the mask says: the fill follows it, the outline the mask. */
  readonly soft?: SoftMask | undefined;
  readonly colour: string;
  /** Of the fill, 0..1; the outline is always opaque. */
  readonly opacity: number;
  readonly outline: "none" | "plain" | "strong" | "preview";
}

export interface PaintedPoint {
  readonly at: XY;
  readonly foreground: boolean;
}

/** What the panel shows over the picture at one moment. */
export interface Scene {
  readonly masks: readonly PaintedMask[];
  readonly points: readonly PaintedPoint[];
  readonly boxes: readonly Bounds[];
  /** A gesture under way: a line in document pixels, and how wide it paints (0: a hairline). */
  readonly stroke: { readonly line: readonly XY[]; readonly width: number; readonly closed: boolean } | null;
  readonly crosshair: XY | null;
  readonly dragged: Bounds | null;
}

export const EMPTY_SCENE: Scene = { masks: [], points: [], boxes: [], stroke: null, crosshair: null, dragged: null };

/** Two tones, dark under light: one of them shows on any picture. */
const DARK = "rgba(0, 0, 0, 0.75)";
const LIGHT = "#ffffff";

/** Draws the scene over the document. Line widths are CSS pixels at any zoom. */
export class ScenePainter implements Overlay {
  scene: Scene = EMPTY_SCENE;

  readonly #still = new StillLayer();
  readonly #more: () => void;

  /** @param more asks for another frame: not all of the scene could be drawn in this one. */
  constructor(more: () => void) {
    this.#more = more;
  }

  /** Makes the picture of the mask worked on ready while the next frame is awaited, which then only draws it. */
  prepare(view: ViewTransform): void {
    const mask = this.scene.masks.findLast(({ outline }) => outline === "strong" || outline === "preview");
    if (mask) maskPicture(mask.mask, mask.colour, mask.soft)?.outline(view.scale);
  }

  draw(context: CanvasRenderingContext2D, view: ViewTransform): void {
    const { masks } = this.scene;
    const still = masks.filter(({ outline }) => outline === "plain" || outline === "none");
    if (still.length > 1 && !this.#still.draw(context, view, still)) this.#more();
    for (const mask of masks) if (still.length < 2 || !still.includes(mask)) drawMask(context, view, mask);
    for (const box of this.scene.boxes) drawBox(context, view, box, []);
    if (this.scene.dragged) drawBox(context, view, this.scene.dragged, [5, 4]);
    if (this.scene.stroke) drawStroke(context, view, this.scene.stroke);
    for (const point of this.scene.points) drawPoint(context, view, point);
    if (this.scene.crosshair) drawCrosshair(context, view, this.scene.crosshair);
  }
}

/** How long one frame may spend on masks that nobody works on, milliseconds. */
const STILL_MS = 10;

interface StillPicture {
  readonly canvas: HTMLCanvasElement;
  readonly view: ViewTransform;
  readonly masks: readonly PaintedMask[];
}

/**
 * Masks that nobody works on, drawn once and kept while they and the view stay: a preview repaints only itself. Many take
 * several frames; until then what was shown before stays, moved with the view.
 */
class StillLayer {
  #shown: StillPicture | null = null;
  #coming: (StillPicture & { done: number }) | null = null;

  /** True once all of the masks are shown. */
  draw(context: CanvasRenderingContext2D, view: ViewTransform, masks: readonly PaintedMask[]): boolean {
    const { width, height } = context.canvas;
    const fits = (picture: StillPicture | null): picture is StillPicture =>
      picture !== null && picture.canvas.width === width && picture.canvas.height === height;
    const isWanted = (picture: StillPicture | null) =>
      fits(picture) && isSameView(picture.view, view) && sameMasks(picture.masks, masks);
    if (!isWanted(this.#shown)) {
      if (!isWanted(this.#coming)) this.#coming = this.#start(width, height, view, masks);
      this.#work(context);
    }
    if (fits(this.#shown)) drawMoved(context, this.#shown, view);
    return this.#coming === null;
  }

  #start(width: number, height: number, view: ViewTransform, masks: readonly PaintedMask[]) {
    const canvas = this.#coming?.canvas ?? document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    // The masks shown already, where the new ones only follow them.
    const shown = this.#shown;
    const go = shown && isSameView(shown.view, view) && sameMasks(shown.masks, masks.slice(0, shown.masks.length));
    const done = go && shown.canvas.width === width && shown.canvas.height === height ? shown.masks.length : 0;
    if (done > 0) canvas.getContext("2d")!.drawImage(shown!.canvas, 0, 0);
    return { canvas, view, masks, done };
  }

  #work(context: CanvasRenderingContext2D): void {
    const coming = this.#coming!;
    const own = coming.canvas.getContext("2d")!;
    own.setTransform(context.getTransform());
    const end = performance.now() + STILL_MS;
    while (coming.done < coming.masks.length && performance.now() < end)
      drawMask(own, coming.view, coming.masks[coming.done++]);
    own.resetTransform();
    if (coming.done < coming.masks.length) return;
    this.#shown = coming;
    this.#coming = null;
  }
}

/** Draws what was drawn for another view where it lies in this one. */
function drawMoved(context: CanvasRenderingContext2D, { canvas, view: from }: StillPicture, to: ViewTransform): void {
  const scale = to.scale / from.scale;
  const ratio = context.getTransform().a;
  context.save();
  context.setTransform(scale, 0, 0, scale, (to.x - from.x * scale) * ratio, (to.y - from.y * scale) * ratio);
  context.drawImage(canvas, 0, 0);
  context.restore();
}

function isSameView(a: ViewTransform, b: ViewTransform): boolean {
  return a.scale === b.scale && a.x === b.x && a.y === b.y;
}

function sameMasks(a: readonly PaintedMask[], b: readonly PaintedMask[]): boolean {
  return a.length === b.length && a.every((mask, i) => sameLook(mask, b[i]));
}

function sameLook(a: PaintedMask, b: PaintedMask): boolean {
  return a.mask === b.mask && a.colour === b.colour && a.opacity === b.opacity && a.outline === b.outline;
}

function drawMask(context: CanvasRenderingContext2D, view: ViewTransform, painted: PaintedMask): void {
  const drawn = maskPicture(painted.mask, painted.colour, painted.soft);
  if (!drawn) return;
  context.save();
  context.translate(view.x, view.y);
  context.scale(view.scale, view.scale);
  context.globalAlpha = painted.opacity;
  context.imageSmoothingEnabled = view.scale < 4;
  context.drawImage(drawn.picture, drawn.x, drawn.y, drawn.width, drawn.height);
  context.globalAlpha = 1;
  if (painted.outline !== "none") {
    const wide = painted.outline === "strong" ? 4 : 3;
    if (painted.outline === "preview") context.setLineDash([6 / view.scale, 4 / view.scale]);
    const outline = drawn.outline(view.scale);
    context.lineWidth = wide / view.scale;
    context.strokeStyle = DARK;
    context.stroke(outline);
    context.lineWidth = (wide - 1.75) / view.scale;
    context.strokeStyle = painted.outline === "plain" ? painted.colour : LIGHT;
    context.stroke(outline);
  }
  context.restore();
}

function drawBox(context: CanvasRenderingContext2D, view: ViewTransform, box: Bounds, dash: number[]): void {
  const x = Math.round(box.x0 * view.scale + view.x) + 0.5;
  const y = Math.round(box.y0 * view.scale + view.y) + 0.5;
  context.save();
  context.setLineDash(dash);
  twoTone(context, () => {
    context.beginPath();
    context.rect(x, y, (box.x1 - box.x0) * view.scale, (box.y1 - box.y0) * view.scale);
    context.stroke();
  });
  context.restore();
}

function drawStroke(
  context: CanvasRenderingContext2D,
  view: ViewTransform,
  stroke: NonNullable<Scene["stroke"]>,
): void {
  const path = () => {
    context.beginPath();
    for (const { x, y } of stroke.line) context.lineTo(x * view.scale + view.x, y * view.scale + view.y);
    if (stroke.closed) context.closePath();
    context.stroke();
  };
  context.save();
  context.lineCap = "round";
  context.lineJoin = "round";
  if (stroke.width > 0) {
    context.globalAlpha = 0.55;
    context.lineWidth = stroke.width * view.scale;
    context.strokeStyle = LIGHT;
    path();
  } else twoTone(context, path);
  context.restore();
}

function drawPoint(context: CanvasRenderingContext2D, view: ViewTransform, { at, foreground }: PaintedPoint): void {
  const x = at.x * view.scale + view.x;
  const y = at.y * view.scale + view.y;
  context.beginPath();
  context.arc(x, y, 7, 0, 2 * Math.PI);
  context.fillStyle = foreground ? "#0b7a3e" : "#c0182b";
  context.fill();
  context.lineWidth = 3.5;
  context.strokeStyle = DARK;
  context.stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = LIGHT;
  context.stroke();
  context.beginPath();
  context.moveTo(x - 3.5, y);
  context.lineTo(x + 3.5, y);
  if (foreground) {
    context.moveTo(x, y - 3.5);
    context.lineTo(x, y + 3.5);
  }
  context.lineWidth = 1.75;
  context.stroke();
}

function drawCrosshair(context: CanvasRenderingContext2D, view: ViewTransform, at: XY): void {
  const x = Math.round(at.x * view.scale + view.x) + 0.5;
  const y = Math.round(at.y * view.scale + view.y) + 0.5;
  twoTone(context, () => {
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 18 * dx, y + 18 * dy);
    }
    context.stroke();
  });
}

function twoTone(context: CanvasRenderingContext2D, stroke: () => void): void {
  context.lineWidth = 3.5;
  context.strokeStyle = DARK;
  stroke();
  context.lineWidth = 1.5;
  context.strokeStyle = LIGHT;
  stroke();
}
